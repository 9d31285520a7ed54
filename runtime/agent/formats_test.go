package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"goagent/agent"
	"goagent/propagate"
)

func useFormats(t *testing.T, names string) func(*agent.Config) {
	var f propagate.Formats
	for _, name := range strings.Fields(names) {
		one, ok := propagate.ByName(name)
		if !ok {
			t.Fatal(name)
		}
		f = append(f, one)
	}
	return func(c *agent.Config) { c.Formats = f }
}

// TestBaggageTravels checks that baggage gets from an incoming request to outgoing ones, through
// spans of this process and other goroutines, with a parent and without.
func TestBaggageTravels(t *testing.T) {
	enable(t, nil)
	for _, in := range []map[string][]string{
		{"Traceparent": remote["Traceparent"], "Baggage": {"a=1;p", " b=2"}},
		{"Baggage": {"a=1;p", " b=2"}},
	} {
		server := agent.StartServer("s", in)
		var h map[string][]string
		inGoroutine(func() {
			inner := agent.StartInternal(nil, "i")
			client := agent.StartClient(nil, "c")
			h = agent.OutgoingHeader(map[string][]string{"A": {"1"}})
			end(client, inner)
		})
		if fmt.Sprint(h["Baggage"]) != "[a=1;p  b=2]" || len(h) != 3 {
			t.Errorf("%v became %v", in, h)
		}
		end(server)
	}
	for _, passing := range []bool{false, true} { // a program needs no spans for that
		enable(t, func(c *agent.Config) { c.MeasureOnly, c.PropagateOnly = !passing, passing })
		server := agent.StartServer("s", map[string][]string{"Baggage": {"a=1"}})
		h, own := agent.OutgoingHeader(nil), map[string][]string{"Baggage": {"b=2"}}
		agent.InjectHeader(own)
		if fmt.Sprint(h, own) != "map[Baggage:[a=1]] map[Baggage:[b=2]]" {
			t.Error(passing, h, own)
		}
		end(server)
		if h := agent.OutgoingHeader(nil); h != nil {
			t.Error(passing, "another's baggage", h)
		}
	}
	enable(t, nil)
	alone := agent.StartClient(nil, "alone")
	if h := agent.OutgoingHeader(nil); len(h) != 1 {
		t.Errorf("another's baggage: %v", h)
	}
	end(alone)
}

func TestOutgoingHeader(t *testing.T) {
	enable(t, useFormats(t, "tracecontext baggage b3"))
	mine := map[string][]string{"A": {"1"}}
	if agent.OutgoingHeader(mine) != nil {
		t.Error("a copy without a span")
	}
	agent.InjectBeside(mine, nil)
	if len(mine) != 1 {
		t.Error("injected without a span")
	}
	server := agent.StartServer("s", remote)
	client := agent.StartClient(nil, "c")
	h := agent.OutgoingHeader(mine)
	id := server.TraceID() + "-" + client.SpanID()
	if len(mine) != 1 || len(h) != 4 || h["A"][0] != "1" || h["B3"][0] != id+"-1" || h["Traceparent"][0] != "00-"+id+"-01" {
		t.Errorf("%v from %v", h, mine)
	}
	if agent.CarriesContext(mine) || !agent.CarriesContext(h) || !agent.CarriesContext(map[string][]string{"b3": {"0"}}) {
		t.Error("CarriesContext")
	}
	extra := map[string][]string{}
	agent.InjectBeside(extra, mine)
	if len(extra) != 3 {
		t.Errorf("beside: %v", extra)
	}
	extra = map[string][]string{}
	if agent.InjectBeside(extra, h); len(extra) != 0 {
		t.Errorf("beside a context: %v", extra)
	}
	if h := agent.OutgoingHeader(remote); h["Traceparent"][0] != "00-"+id+"-01" || h["Tracestate"][0] != "a=1" {
		t.Errorf("forwarded: %v", h)
	}
	if h := agent.OutgoingHeader(map[string][]string{"B3": {strings.Repeat("1", 32) + "-" + strings.Repeat("1", 16)}}); h != nil {
		t.Errorf("the program's own: %v", h)
	}
	end(client, server)
	agent.Disable()
	if agent.OutgoingHeader(mine) != nil || agent.CarriesContext(remote) {
		t.Error("not disabled")
	}
}

// TestDeferredSampling checks that the sampler decides if the caller leaves the decision open, and
// that its decision is passed on.
func TestDeferredSampling(t *testing.T) {
	const b3 = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
	for _, c := range []struct {
		sampler   agent.Sampler
		in, state string
	}{
		{agent.AlwaysOn, b3, "-1"}, {agent.AlwaysOn, b3 + "-0", "-0"}, {agent.AlwaysOn, b3 + "-d", "-d"},
		{agent.Sampler{ParentBased: true}, b3, "-0"}, {agent.Sampler{ParentBased: true}, b3 + "-d", "-d"},
		{agent.Sampler{}, b3 + "-d", "-0"}, {agent.Sampler{Ratio: 1}, b3 + "-0", "-1"},
	} {
		enable(t, func(config *agent.Config) { useFormats(t, "b3")(config); config.Sampler = c.sampler })
		server := agent.StartServer("s", map[string][]string{"B3": {c.in}})
		client := agent.StartClient(nil, "c")
		h := agent.OutgoingHeader(nil)
		if got := h["B3"]; len(got) != 1 || !strings.HasSuffix(got[0], c.state) || client.Recording() == (c.state == "-0") {
			t.Errorf("%+v: %s became %s, recording %v", c.sampler, c.in, got, client.Recording())
		}
		end(client, server)
	}
}

// TestDeferredSamplingIsPassedOn checks that a program that only passes contexts on leaves open
// what its caller has left open.
func TestDeferredSamplingIsPassedOn(t *testing.T) {
	const b3 = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
	in := map[string][]string{"B3": {b3}, "Eagleeye-Traceid": {"ac11000117422788513302623e007d"}, "Eagleeye-Rpcid": {"0.1"}}
	for _, name := range []string{"b3", "b3multi", "eagleeye"} {
		for _, passing := range []bool{false, true} {
			enable(t, func(c *agent.Config) { useFormats(t, name)(c); c.MeasureOnly, c.PropagateOnly = !passing, passing })
			server := agent.StartServer("s", in)
			h := agent.OutgoingHeader(nil)
			if name == "b3" && fmt.Sprint(h["B3"]) != "["+b3+"]" || h["X-B3-Sampled"] != nil ||
				h["Eagleeye-Sampled"] != nil || len(h) == 0 {
				t.Error(name, passing, h)
			}
			end(server)
		}
	}
}

// TestRatio checks that the threshold applies to the right 56 bits, and that a smaller ratio
// records a subset of what a larger one does.
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		ratio float64
		right string // of the trace id
		want  bool
	}{
		{0.5, "0080000000000000", true}, {0.5, "ff80000000000000", true}, {0.5, "ff7fffffffffffff", false},
		{0.25, "00c0000000000000", true}, {0.25, "00bfffffffffffff", false}, {1, "0000000000000000", true},
		{0, "ffffffffffffffff", false}, {1e-9, "00ffffffffffffff", true}, {1e-9, "00fffffff0000000", false},
		{1e-300, "ffffffffffffffff", false},
	} {
		// With a parent that leaves the decision open there must be no difference.
		for _, based := range []bool{false, true} {
			enable(t, func(config *agent.Config) { config.Sampler = agent.Sampler{Ratio: c.ratio, ParentBased: based} })
			s := agent.StartServer("s", map[string][]string{"Traceparent": {"00-1000000000000000" + c.right + "-b7ad6b7169203331-00"}})
			if s.Recording() != (c.want && !based) {
				t.Errorf("%v %s parent based %v: %v", c.ratio, c.right, based, s.Recording())
			}
			end(s)
		}
	}
}

func TestEagleEyeBegins(t *testing.T) {
	enable(t, useFormats(t, "eagleeye"))
	root := agent.StartInternal(nil, "job")
	for _, want := range []string{"0.1", "0.2"} {
		c := agent.StartClient(nil, "c")
		if got := agent.OutgoingHeader(nil)["Eagleeye-Rpcid"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s, want %s", got, want)
		}
		end(c)
	}
	end(root)
}

func TestEventsAndLinks(t *testing.T) {
	s := enable(t, func(c *agent.Config) {
		c.Limits = agent.Limits{AttrLength: 3, EventCount: 2, LinkCount: 2, EventAttrs: 2, LinkAttrs: 1}
	})
	span := agent.StartConsumer("span", nil)
	attrs := []agent.Attr{agent.String("a", "\u00e9\u00e9\u00e9\u00e9"), agent.Int("", 1), agent.Int("b", 1),
		agent.Int("c", 1), agent.Int("b", 2)}
	span.AddEvent("one", attrs)
	attrs[0].Key = "changed"
	span.AddEvent("two", nil)
	span.AddEvent("three", nil)
	to := propagate.Context{TraceID: [16]byte{1}, SpanID: [8]byte{2}, State: "a=1", Carried: &propagate.Carried{}}
	span.AddLink(to, attrs)
	span.AddLink(propagate.Context{}, attrs)
	span.AddLinkTo(nil, nil)
	span.AddLinkTo(remote, nil)
	span.AddLinkTo(remote, nil)
	end(span)
	span.AddLink(to, nil)
	span.AddEvent("late", nil)
	r := s.only(t, "span")
	if len(r.Events) != 2 || r.DroppedEvents != 1 || r.Events[0].Name != "one" || r.Events[0].Time < r.Start ||
		r.Events[0].DroppedAttrs != 1 ||
		fmt.Sprint(r.Events[0].Attrs) != fmt.Sprint([]agent.Attr{agent.String("a", "\u00e9\u00e9\u00e9"), agent.Int("b", 2)}) {
		t.Errorf("%+v", r.Events)
	}
	if len(r.Links) != 2 || r.DroppedLinks != 1 || r.Links[0].DroppedAttrs != 3 ||
		r.Links[0].Context.State != "a=1" || r.Links[0].Context.Carried != nil ||
		fmt.Sprintf("%x", r.Links[1].Context.SpanID) != "b7ad6b7169203331" {
		t.Errorf("%+v", r.Links)
	}
	r.Release()
	if r.Links != nil || r.DroppedLinks != 0 {
		t.Error("links are left over")
	}
}

// TestNegativeLimits checks that limits below zero admit nothing.
func TestNegativeLimits(t *testing.T) {
	s := enable(t, func(c *agent.Config) {
		c.Limits = agent.Limits{AttrCount: -1, EventCount: -1, LinkCount: -1}
	})
	span := agent.StartInternal(nil, "span")
	span.SetInt("a", 1)
	span.SetPanic("boom")
	span.AddLinkTo(remote, nil)
	end(span)
	if r := s.only(t, "span"); len(r.Attrs)+len(r.Events)+len(r.Links) != 0 || r.DroppedAttrs != 2 ||
		r.DroppedEvents != 1 || r.DroppedLinks != 1 {
		t.Errorf("%+v", r)
	}
}

// TestLimitsCountCharacters checks that lengths count characters and that names have a bound of
// their own.
func TestLimitsCountCharacters(t *testing.T) {
	s := enable(t, func(c *agent.Config) { c.Limits = agent.Limits{AttrLength: 2} })
	cases := map[string]string{
		"": "", "ab": "ab", "abc": "ab", "\u00e9\u00e9": "\u00e9\u00e9", "\u00e9\u00e9\u00e9": "\u00e9\u00e9", "\xff\xff\xff": "\xff\xff",
		"a\U0001F600b": "a\U0001F600", "\U0001F600\U0001F600": "\U0001F600\U0001F600",
	}
	span := agent.StartServer("GET", nil)
	for value := range cases {
		span.SetString("string "+value, value)
		span.SetText("text "+value, []byte(value))
	}
	agent.Route(span.Context(nil), "/long route", "/")
	end(span)
	r := s.only(t, "GET /long route")
	for value, want := range cases {
		for _, key := range []string{"string ", "text "} {
			if a, ok := attr(r, key+value); !ok || a.Str != want {
				t.Errorf("%s%q: %q", key, value, a.Str)
			}
		}
	}
	// Text that is set again and again is not kept.
	span = agent.StartInternal(nil, "again")
	for i := 0; i < 100000; i++ {
		span.SetText("t", []byte("ab"))
	}
	span.SetText("t", []byte("cd"))
	end(span)
	if a, _ := attr(s.only(t, "again"), "t"); a.Str != "cd" {
		t.Errorf("%q", a.Str)
	}
}
