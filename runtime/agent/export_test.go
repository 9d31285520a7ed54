package agent

import "time"

// Later has the time be d later for all that the agent measures.
func Later(d time.Duration) { epoch -= d }
