package export

import (
	"bytes"
	"strings"
	"testing"

	"goagent/agent"
)

// TestTargetLabels checks that each label of the resource is valid for Prometheus, and occurs once.
// Otherwise Prometheus refuses the whole scrape.
func TestTargetLabels(t *testing.T) {
	var b bytes.Buffer
	Prometheus(&b, nil, []agent.Attr{agent.String("a_b", "2"), agent.String("aws:region", "eu"),
		agent.String("a.b", "1"), agent.String("__name__", "x"),
		agent.String("\u00e9", "y"), agent.Int("process.pid", 7), agent.String("7up", "\"\n")}, "s", "1")
	const want = `target_info{_7up="\"\n",_name_="x",a_b="1;2",aws_region="eu",process_pid="7",_="y"} 1`
	if got := b.String(); !strings.Contains(got, "\n"+want+"\n") {
		t.Errorf("%s, want %s", got, want)
	}
}
