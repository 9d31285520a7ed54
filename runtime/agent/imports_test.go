package agent_test

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestImports checks which packages may be woven at all: net/http imports the agent, so the agent
// may import nothing that net/http does not, and the packages that it imports cannot be woven
// themselves, so log and log/slog must not be among them.
func TestImports(t *testing.T) {
	deps := func(packages ...string) []string {
		t.Helper()
		out, err := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), append([]string{"list", "-deps"}, packages...)...).Output()
		if err != nil {
			t.Fatal(err, string(err.(*exec.ExitError).Stderr))
		}
		return strings.Fields(string(out))
	}
	allowed := map[string]bool{"goagent/agent": true, "goagent/semconv": true, "goagent/propagate": true,
		"goagent/metric": true, "goagent/converge": true, "goagent/internal/mix": true, "goagent/internal/clock": true}
	for _, p := range deps("net/http") {
		allowed[p] = true
	}
	for _, p := range []string{"net/http", "log", "log/slog"} {
		allowed[p] = false
	}
	got := deps("goagent/agent", "goagent/semconv", "goagent/propagate", "goagent/metric")
	if len(got) < 10 {
		t.Fatal("only", got)
	}
	for _, p := range got {
		if !allowed[p] {
			t.Errorf("imports %s", p)
		}
	}
}
