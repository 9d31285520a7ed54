package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"testing"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/propagate"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// idsToBase64 converts OTLP's ids, which are hexadecimal, to the form that protobuf's own JSON has
// for bytes.
func idsToBase64(t *testing.T, v interface{}) {
	switch v := v.(type) {
	case []interface{}:
		for _, item := range v {
			idsToBase64(t, item)
		}
	case map[string]interface{}:
		for key, item := range v {
			if key == "traceId" || key == "spanId" || key == "parentSpanId" {
				id, err := hex.DecodeString(item.(string))
				if err != nil {
					t.Error(err)
				}
				v[key] = base64.StdEncoding.EncodeToString(id)
				continue
			}
			idsToBase64(t, item)
		}
	}
}

// readLine reads a line of a file by the official definitions.
func readLine(t *testing.T, file io.Reader, into proto.Message) {
	t.Helper()
	var line interface{}
	decoder := json.NewDecoder(file)
	decoder.UseNumber()
	if err := decoder.Decode(&line); err != nil {
		t.Fatal(err)
	}
	idsToBase64(t, line)
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := protojson.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestFileSaysTheSame checks that a line of the file, read by the official definitions, is the
// message that is sent.
func TestFileSaysTheSame(t *testing.T) {
	url, bodies := receiver(t)
	resource := []agent.Attr{agent.String("service.name", "shop"), agent.String("odd", "\xffx\u2028\"")}
	var file bytes.Buffer
	pipelines := []*export.Pipeline{
		export.NewPipeline(export.NewOTLP(export.OTLPConfig{URL: url, Scope: "goagent", Version: "1.2.3",
			Resource: resource}), export.Batching{Delay: time.Hour}),
		export.NewPipeline(export.NewFile(&file, resource, "goagent", "1.2.3"), export.Batching{Delay: time.Hour}),
	}
	agent.Enable(agent.Config{Ended: export.FanOut(pipelines), Sampler: agent.AlwaysOn, Formats: propagate.Default,
		Limits: agent.Limits{AttrCount: 11, EventCount: 1, AttrLength: 15000, EventAttrs: 2, LinkCount: 2, LinkAttrs: 1}})
	defer agent.Disable()
	makeEverySpan()
	for _, p := range pipelines {
		if !p.Flush(time.Hour) {
			t.Fatal("not flushed")
		}
	}
	sent, written := &trace.TracesData{}, &trace.TracesData{}
	if err := proto.Unmarshal(<-bodies, sent); err != nil {
		t.Fatal(err)
	}
	readLine(t, &file, written)
	if !proto.Equal(sent, written) {
		t.Errorf("sent\n%s\nwritten\n%s", prototext.Format(sent), prototext.Format(written))
	}
}
