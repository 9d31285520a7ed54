package asleep

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

// TestBubble makes the first span of the process in a bubble, which ends all the same.
func TestBubble(t *testing.T) { synctest.Test(t, func(*testing.T) { Work() }) }

func TestLeaks(t *testing.T) {
	defer goleak.VerifyNone(t)
	Work()
}

func TestGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	Work()
	if after := runtime.NumGoroutine(); after != before {
		t.Errorf("%d goroutines, then %d", before, after)
	}
}

func TestLabels(t *testing.T) {
	pprof.Do(context.Background(), pprof.Labels("tenant", "acme"), func(context.Context) { Work() })
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	if text := profile.String(); strings.Contains(text, "acme") || strings.Contains(text, "goagent") {
		t.Error(text)
	}
}

func TestHeaders(t *testing.T) {
	headers, err := Headers()
	if err != nil {
		t.Fatal(err)
	}
	awake := os.Getenv("GOAGENT_IN_TESTS") == "true"
	if sent := headers.Get("Traceparent") != ""; sent != awake {
		t.Errorf("awake: %v, headers: %v", awake, headers)
	}
}
