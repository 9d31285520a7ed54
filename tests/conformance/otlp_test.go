package conformance

import (
	"context"
	"encoding/hex"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/propagate"
	"goagent/semconv"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// receiver takes one request after the other, each of which must be read.
func receiver(t *testing.T) (url string, bodies <-chan []byte) {
	all := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all <- body
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

// collectTraces runs f with an exporter and returns what arrives, decoded. TracesData is
// ExportTraceServiceRequest under another name, without gRPC.
func collectTraces(t *testing.T, limits agent.Limits, f func()) *trace.TracesData {
	t.Helper()
	url, bodies := receiver(t)
	o := export.NewOTLP(export.OTLPConfig{URL: url, Scope: "goagent", Version: "1.2.3",
		Resource: []agent.Attr{agent.String("service.name", "shop"), agent.String("odd", "\xffx")}})
	p := export.NewPipeline(o, export.Batching{Delay: time.Hour})
	agent.Enable(agent.Config{Ended: p.Ended, Sampler: agent.AlwaysOn, Formats: propagate.Default, Limits: limits})
	defer agent.Disable()
	f()
	if !p.Flush(time.Hour) {
		t.Fatal("not flushed")
	}
	data := &trace.TracesData{}
	if err := proto.Unmarshal(<-bodies, data); err != nil {
		t.Fatal(err)
	}
	checkKnownFields(t, data.ProtoReflect())
	return data
}

// checkKnownFields fails if the official definitions do not define a field.
func checkKnownFields(t *testing.T, m protoreflect.Message) {
	t.Helper()
	if len(m.GetUnknown()) > 0 {
		t.Errorf("%s has unknown fields: %x", m.Descriptor().FullName(), m.GetUnknown())
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := 0; i < v.List().Len(); i++ {
				checkKnownFields(t, v.List().Get(i).Message())
			}
		default:
			checkKnownFields(t, v.Message())
		}
		return true
	})
}

func str(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func num(key string, value int64) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
}

// longText is a text of two-byte characters, longer than the limit.
var longText = strings.Repeat("\u00e9", 20000)

// makeEverySpan makes three spans that between them have every field.
func makeEverySpan() {
	s := agent.StartServer("GET", map[string][]string{
		"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"a=1,b=2"}})
	ctx := s.Context(context.Background())
	s.SetString("string", "x")
	s.SetString("empty", "")
	s.SetString("bytes", "a\xff\xfeb")
	s.SetString("long", longText)
	s.SetInt("int", math.MinInt64)
	s.SetInt("zero", 0)
	s.SetBool("true", true)
	s.SetBool("false", false)
	s.SetFloat("float", -0.5)
	s.SetText("text", []byte("t"))
	s.SetPanic("boom")
	s.SetPanic("again")
	for i := 0; i < 3; i++ {
		s.AddLinkTo(map[string][]string{"Traceparent": {"00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"}, "Tracestate": {"c=3"}},
			[]agent.Attr{agent.Int("i", int64(i)), agent.Int("dropped", 1)})
	}
	s.SetString("one too many", "x")
	agent.StartClient(ctx, "child").End()
	agent.StartInternal(nil, "other").End()
	s.End()
}

// TestEventLimit checks that attributes beyond an event's limit are counted.
func TestEventLimit(t *testing.T) {
	limits := agent.Limits{EventCount: 1, EventAttrs: 1}
	data := collectTraces(t, limits, func() {
		s := agent.StartInternal(nil, "x")
		s.SetPanic("boom")
		s.End()
	})
	got := data.ResourceSpans[0].ScopeSpans[0].Spans[0].Events[0]
	want := &trace.Span_Event{TimeUnixNano: got.TimeUnixNano, Name: "exception",
		Attributes: []*common.KeyValue{str("exception.type", "string")}, DroppedAttributesCount: 1}
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryField(t *testing.T) {
	before := uint64(time.Now().UnixNano())
	data := collectTraces(t, agent.Limits{AttrCount: 11, EventCount: 1, AttrLength: 15000, EventAttrs: 2,
		LinkCount: 2, LinkAttrs: 1}, makeEverySpan)
	after := uint64(time.Now().UnixNano())
	resource := data.ResourceSpans[0]
	scope := resource.ScopeSpans[0]
	if len(data.ResourceSpans) != 1 || len(resource.ScopeSpans) != 1 || len(scope.Spans) != 3 {
		t.Fatal(prototext.Format(data))
	}
	if !equal(resource.Resource.Attributes, []*common.KeyValue{str("service.name", "shop"), str("odd", "\uFFFDx")}) ||
		scope.Scope.Name != "goagent" || scope.Scope.Version != "1.2.3" {
		t.Error(resource.Resource, scope.Scope)
	}
	child, other, server := scope.Spans[0], scope.Spans[1], scope.Spans[2]
	id, _ := hex.DecodeString("0af7651916cd43dd8448eb211c80319c")
	parent, _ := hex.DecodeString("b7ad6b7169203331")
	boolean := func(key string, v bool) *common.KeyValue {
		return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: v}}}
	}
	want := &trace.Span{
		TraceId: id, ParentSpanId: parent, TraceState: "a=1,b=2", Flags: 0x301, Name: "GET", Kind: trace.Span_SPAN_KIND_SERVER,
		Attributes: []*common.KeyValue{str("string", "x"), str("empty", ""), str("bytes", "a\uFFFDb"), str("long", longText[:30000]),
			num("int", math.MinInt64), num("zero", 0), boolean("true", true), boolean("false", false),
			{Key: "float", Value: &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: -0.5}}},
			str("text", "t"), str("error.type", "string")},
		DroppedAttributesCount: 1, DroppedEventsCount: 1,
		Status: &trace.Status{Code: trace.Status_STATUS_CODE_ERROR},
		Events: []*trace.Span_Event{{Name: "exception", Attributes: []*common.KeyValue{
			str("exception.type", "string"), str("exception.message", "boom")}}},
		DroppedLinksCount: 1,
	}
	for i := 0; i < 2; i++ {
		want.Links = append(want.Links, &trace.Span_Link{TraceId: append([]byte{id[0] | 0x10}, id[1:]...),
			SpanId:     append([]byte{0xc7}, parent[1:]...),
			TraceState: "c=3", Flags: 1, Attributes: []*common.KeyValue{num("i", int64(i))}, DroppedAttributesCount: 1})
	}
	for _, s := range scope.Spans {
		if len(s.SpanId) != 8 || s.StartTimeUnixNano < before || s.EndTimeUnixNano > after || s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("%v", s)
		}
	}
	if e := server.Events[0]; e.TimeUnixNano < server.StartTimeUnixNano || e.TimeUnixNano > server.EndTimeUnixNano {
		t.Error("the event is not within its span")
	}
	want.SpanId, want.StartTimeUnixNano, want.EndTimeUnixNano = server.SpanId, server.StartTimeUnixNano, server.EndTimeUnixNano
	want.Events[0].TimeUnixNano = server.Events[0].TimeUnixNano
	if !proto.Equal(server, want) {
		t.Errorf("got\n%s\nwant\n%s", prototext.Format(server), prototext.Format(want))
	}
	want = &trace.Span{TraceId: id, SpanId: child.SpanId, ParentSpanId: server.SpanId, TraceState: "a=1,b=2", Flags: 0x101, Name: "child",
		Kind: trace.Span_SPAN_KIND_CLIENT, StartTimeUnixNano: child.StartTimeUnixNano, EndTimeUnixNano: child.EndTimeUnixNano}
	if !proto.Equal(child, want) {
		t.Errorf("got\n%s\nwant\n%s", prototext.Format(child), prototext.Format(want))
	}
	if other.Kind != trace.Span_SPAN_KIND_INTERNAL || len(other.TraceId) != 16 {
		t.Errorf("%v", other)
	}
}

func equal(a, b []*common.KeyValue) bool {
	return proto.Equal(&common.KeyValueList{Values: a}, &common.KeyValueList{Values: b})
}

func TestHTTPSpans(t *testing.T) {
	data := collectTraces(t, agent.Limits{}, func() {
		s := semconv.StartHTTPServer(semconv.HTTPServerRequest{Method: "GET", Scheme: "http", Host: "h:80",
			Path: "/a", Proto: "HTTP/1.1", RemoteAddr: "[::1]:5"})
		c := semconv.StartHTTPClient(s.Context(context.Background()),
			semconv.HTTPClientRequest{Scheme: "http", Host: "b", Path: "/", RawQuery: "k=v"})
		semconv.EndHTTPClient(c, 404, nil)
		semconv.EndHTTPServer(s, 200)
	})
	spans := data.ResourceSpans[0].ScopeSpans[0].Spans
	client, server := spans[0], spans[1]
	if !equal(client.Attributes, []*common.KeyValue{str("http.request.method", "GET"), str("server.address", "b"), num("server.port", 80),
		str("url.full", "http://b/?k=REDACTED"), num("http.response.status_code", 404), str("error.type", "404")}) {
		t.Error(prototext.Format(client))
	}
	if !equal(server.Attributes, []*common.KeyValue{str("http.request.method", "GET"), str("url.scheme", "http"), str("url.path", "/a"),
		str("server.address", "h"), num("server.port", 80), str("client.address", "::1"), str("network.peer.address", "::1"),
		num("network.peer.port", 5), str("network.protocol.version", "1.1"), num("http.response.status_code", 200)}) {
		t.Error(prototext.Format(server))
	}
	if string(client.ParentSpanId) != string(server.SpanId) || server.ParentSpanId != nil {
		t.Error("parents")
	}
}
