package agent

import "time"

// Later moves the time d forward for everything that the agent measures.
func Later(d time.Duration) { epoch -= d }
