package boot

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"goagent/agent"
	"goagent/export"
	"goagent/propagate"
)

// env reads variables, and reports on out, once each, the values that it does not understand.
type env struct {
	lookup   func(string) string
	out      io.Writer
	reported map[string]bool
	root     string // the root of the system's files: "" except in tests
	inTest   bool   // go test has built the binary
}

func newEnv(lookup func(string) string, out io.Writer) *env {
	return &env{lookup: lookup, out: out, reported: map[string]bool{}}
}

func (e *env) get(name string) string { return strings.TrimSpace(e.lookup(name)) }

// choice is get for a value that is one of a few names; their case is ignored.
func (e *env) choice(name string) string { return strings.ToLower(e.get(name)) }

// firstSet returns the name and value of the first variable that is set.
func (e *env) firstSet(names ...string) (name, value string) {
	for _, name := range names {
		if value := e.get(name); value != "" {
			return name, value
		}
	}
	return names[0], ""
}

// warn reports what is wrong with a variable and what happens instead. Values of headers must
// not be passed: they may be secret.
func (e *env) warn(name, value, what string) {
	if key := name + "=" + value; !e.reported[key] {
		e.reported[key] = true
		fmt.Fprintf(e.out, "goagent: %s=%.100q: %s\n", name, value, what)
	}
}

// reportIgnored reports a variable that is not read, but would change much if it were.
func (e *env) reportIgnored() {
	const name = "OTEL_CONFIG_FILE"
	if value := e.get(name); value != "" {
		e.warn(name, value, "files of configuration are not read, the other variables count")
	}
}

func (e *env) boolean(name string) bool {
	value := e.get(name)
	switch {
	case strings.EqualFold(value, "true"):
		return true
	case value != "" && !strings.EqualFold(value, "false"):
		e.warn(name, value, "not true or false, taken as false")
	}
	return false
}

// number returns the value of the first variable that is set, a whole number of at least min. It
// returns 0, which means the default, if none is set or the value is invalid.
func (e *env) number(min int, names ...string) int {
	name, value := e.firstSet(names...)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < min {
		e.warn(name, value, fmt.Sprintf("not a whole number of at least %d, the default is used", min))
		return 0
	}
	return n
}

// limit is number for one of agent.Limits, for which 0 is allowed and means none.
func (e *env) limit(names ...string) int {
	n := e.number(0, names...)
	if n == 0 && e.isZero(names...) {
		return -1
	}
	return n
}

// isZero reports whether the variable is set to zero, as opposed to unset or invalid.
func (e *env) isZero(names ...string) bool {
	_, value := e.firstSet(names...)
	n, err := strconv.Atoi(value)
	return err == nil && n == 0
}

// maxMilliseconds is about a month: anything longer means for ever, and might not fit a Duration.
const maxMilliseconds = 1<<31 - 1

// milliseconds is number for a duration.
func (e *env) milliseconds(names ...string) time.Duration {
	return millisecondsToDuration(e.number(1, names...))
}

func millisecondsToDuration(milliseconds int) time.Duration {
	if milliseconds > maxMilliseconds {
		milliseconds = maxMilliseconds
	}
	return time.Duration(milliseconds) * time.Millisecond
}

// parentGraceOf returns how long a span that has ended is a parent in goroutines that have
// inherited it.
func parentGraceOf(e *env) time.Duration {
	const name = "GOAGENT_ORPHAN_TIMEOUT"
	n := e.number(0, name)
	if n == 0 && e.isZero(name) {
		return -1
	}
	return millisecondsToDuration(n)
}

// splitList splits at commas and omits empty and repeated items.
func splitList(value string) (items []string) {
	seen := map[string]bool{}
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" && !seen[item] {
			seen[item] = true
			items = append(items, item)
		}
	}
	return items
}

// exporters returns the known exporters that a variable selects; if it is unset, the first one.
func (e *env) exporters(name string, known ...string) (names []string) {
	value := e.choice(name)
	if value == "" {
		return known[:1]
	}
	none := false
next:
	for _, item := range splitList(value) {
		if item == "none" {
			none = true
			continue
		}
		for _, k := range known {
			if item == k {
				names = append(names, item)
				continue next
			}
		}
		e.warn(name, item, "not known (known are "+strings.Join(known, ", ")+" and none), left out")
	}
	if none {
		return nil
	}
	return names
}

func batchingOf(e *env) export.Batching {
	return export.Batching{
		Queue: e.number(1, "OTEL_BSP_MAX_QUEUE_SIZE"),
		Batch: e.number(1, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
		Delay: e.milliseconds("OTEL_BSP_SCHEDULE_DELAY"),
	}
}

func limitsOf(e *env) agent.Limits {
	return agent.Limits{
		AttrCount:  e.limit("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
		AttrLength: e.limit("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
		EventCount: e.limit("OTEL_SPAN_EVENT_COUNT_LIMIT"),
		LinkCount:  e.limit("OTEL_SPAN_LINK_COUNT_LIMIT"),
		EventAttrs: e.limit("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"),
		LinkAttrs:  e.limit("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"),
	}
}

func samplerOf(e *env) agent.Sampler {
	const name = "OTEL_TRACES_SAMPLER"
	value := e.choice(name)
	s := agent.Sampler{ParentBased: strings.HasPrefix(value, "parentbased_"), Ratio: 1}
	switch strings.TrimPrefix(value, "parentbased_") {
	case "always_on":
	case "always_off":
		s.Ratio = 0
	case "traceidratio":
		s.Ratio = ratioOf(e)
	case "":
		if value != "" {
			e.warn(name, value, "not known, parentbased_always_on is used")
		}
		return agent.AlwaysOn
	default:
		e.warn(name, value, "not known, parentbased_always_on is used")
		return agent.AlwaysOn
	}
	return s
}

func ratioOf(e *env) float64 {
	const name = "OTEL_TRACES_SAMPLER_ARG"
	value := e.get(name)
	if value == "" {
		return 1
	}
	ratio, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		e.warn(name, value, "not a number from 0 to 1, 1 is used")
		return 1
	}
	return ratio
}

func formatsOf(e *env) (formats propagate.Formats) {
	const name = "OTEL_PROPAGATORS"
	value := e.choice(name)
	if value == "" {
		return propagate.Default
	}
	for _, item := range splitList(value) {
		if item == "none" {
			return nil
		}
		if f, ok := propagate.ByName(item); ok {
			formats = append(formats, f)
		} else {
			e.warn(name, item, "not known (known are tracecontext, baggage, b3, b3multi, jaeger, eagleeye and none), left out")
		}
	}
	return formats
}

// parsePairs reads key=value,key=value with percent-encoded values, as in OTEL_RESOURCE_ATTRIBUTES
// and the variables for headers.
func parsePairs(value string) (keys, values []string, ok bool) {
	for _, item := range strings.Split(value, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		equals := strings.IndexByte(item, '=')
		if equals <= 0 {
			return nil, nil, false
		}
		k, err := url.PathUnescape(strings.TrimSpace(item[:equals]))
		if err != nil || k == "" {
			return nil, nil, false
		}
		v, err := url.PathUnescape(strings.TrimSpace(item[equals+1:]))
		if err != nil {
			return nil, nil, false
		}
		keys, values = append(keys, k), append(values, v)
	}
	return keys, values, true
}
