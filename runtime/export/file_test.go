package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"goagent/agent"
)

func TestFile(t *testing.T) {
	var out bytes.Buffer
	f := NewFile(&out, []agent.Attr{agent.String("service.name", "a\"b\\c\n\x7f")}, "scope", "1")
	f.Export(nil, nil)
	one := &agent.Record{Name: "one", Kind: agent.KindClient, Start: 1, End: 1 << 62, Status: agent.StatusError,
		Attrs: []agent.Attr{agent.Int("i", math.MinInt64), agent.Float("f", 1e300), agent.Float("n", math.NaN()),
			agent.Float("p", math.Inf(1)),
			agent.Float("m", math.Inf(-1)), agent.Bool("b", false), agent.String("s", "a\xff\xfe\xffb\u00e9")}}
	f.Export([]*agent.Record{one, {Name: "two"}}, nil)
	f.Export([]*agent.Record{{Name: "three"}}, nil)
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 || f.Written() != 3 || f.Failed() != 0 {
		t.Fatalf("%d lines, %d written, %d failed", len(lines), f.Written(), f.Failed())
	}
	const zeros = `{"traceId":"00000000000000000000000000000000","spanId":"0000000000000000","flags":256,"name":`
	want := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a\"b\\c\u000a\u007f"}}]},` +
		`"scopeSpans":[{"scope":{"name":"scope","version":"1"},"spans":[` +
		zeros + `"one","kind":3,"startTimeUnixNano":"1","endTimeUnixNano":"4611686018427387904","attributes":[` +
		`{"key":"i","value":{"intValue":"-9223372036854775808"}},{"key":"f","value":{"doubleValue":1e+300}},` +
		`{"key":"n","value":{"doubleValue":"NaN"}},{"key":"p","value":{"doubleValue":"Infinity"}},{"key":"m","value":{"doubleValue":"-Infinity"}},` +
		`{"key":"b","value":{"boolValue":false}},{"key":"s","value":{"stringValue":"a` + "\uFFFDb\u00e9" + `"}}],"status":{"code":2}},` +
		zeros + `"two","startTimeUnixNano":"0","endTimeUnixNano":"0"}]}]}]}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestFileThatCannotBeWritten(t *testing.T) {
	f := NewFile(fullDisk{}, nil, "", "")
	f.Export([]*agent.Record{{}, {}}, nil)
	if f.Failed() != 2 || f.Written() != 0 {
		t.Error(f.Failed(), f.Written())
	}
}

// FuzzJSONText checks that every string becomes a JSON string on one line with the same meaning as
// in the protobuf form.
func FuzzJSONText(f *testing.F) {
	f.Add("a\"\\\x00\x1f\x7f\xff\u2028\U0001F600\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, s string) {
		var w jsonWriter
		w.text(s)
		var back string
		if err := json.Unmarshal(w.b, &back); err != nil || back != strings.ToValidUTF8(s, "\uFFFD") || bytes.ContainsAny(w.b, "\n\r") {
			t.Fatalf("%q: %s, %v", s, w.b, err)
		}
	})
}
