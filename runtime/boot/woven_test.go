//go:build !goagent_nogls
// +build !goagent_nogls

package boot

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"goagent/agent"
)

// TestExit needs a woven runtime: spans are printed at os.Exit, the exit code is unchanged, and
// open spans are not waited for.
func TestExit(t *testing.T) {
	if os.Getenv("GOAGENT_TEST_CHILD") != "" {
		outer := agent.StartInternal(nil, "outer")
		agent.StartInternal(nil, "inner").EndErr(nil)
		_ = outer
		os.Exit(7)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestExit$")
	child.Env = append(os.Environ(), "GOAGENT_TEST_CHILD=1", "OTEL_TRACES_EXPORTER=console,otlp",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	var out bytes.Buffer
	child.Stderr = &out
	err := child.Run()
	exit, ok := err.(*exec.ExitError)
	if !ok || exit.ExitCode() != 7 {
		t.Errorf("%v", err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "(1 not ended)") ||
		!strings.Contains(lines[1], "internal inner") {
		t.Errorf("%s", out.String())
	}
}
