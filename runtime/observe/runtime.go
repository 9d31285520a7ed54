package observe

import (
	"math"
	"runtime/metrics"

	"goagent/metric"
)

// runtimeMetric is a metric that is one number of the runtime, or a sum of several.
type runtimeMetric struct {
	desc       metric.Desc
	kind       metric.Kind
	names      []string // of runtime/metrics; their values are added
	minus      []string // and these subtracted
	noneValue  uint64   // the value that means none
	memoryType string   // the value of the only attribute, "" if there is none
}

const (
	totalMemory    = "/memory/classes/total:bytes"
	releasedMemory = "/memory/classes/heap/released:bytes"
	stackMemory    = "/memory/classes/heap/stacks:bytes"
)

// runtimeMetrics are the metrics of the conventions. If an older version of Go lacks a name the
// metric is left out.
var runtimeMetrics = []runtimeMetric{
	{desc: metric.Desc{Name: "go.memory.used", Unit: "By", Text: "Memory used by the Go runtime."},
		kind: metric.KindUpDownCounter, names: []string{stackMemory}, memoryType: "stack"},
	{desc: metric.Desc{Name: "go.memory.used", Unit: "By", Text: "Memory used by the Go runtime."},
		kind: metric.KindUpDownCounter, names: []string{totalMemory}, minus: []string{releasedMemory, stackMemory}, memoryType: "other"},
	{desc: metric.Desc{Name: "go.memory.limit", Unit: "By", Text: "Go runtime memory limit configured by the user, if a limit exists."},
		kind: metric.KindUpDownCounter, names: []string{"/gc/gomemlimit:bytes"}, noneValue: math.MaxInt64},
	{desc: metric.Desc{Name: "go.memory.allocated", Unit: "By", Text: "Memory allocated to the heap by the application."},
		kind: metric.KindCounter, names: []string{"/gc/heap/allocs:bytes"}},
	{desc: metric.Desc{Name: "go.memory.allocations", Unit: "{allocation}", Text: "Count of allocations to the heap by the application."},
		kind: metric.KindCounter, names: []string{"/gc/heap/allocs:objects"}},
	{desc: metric.Desc{Name: "go.memory.gc.goal", Unit: "By", Text: "Heap size target for the end of the GC cycle."},
		kind: metric.KindUpDownCounter, names: []string{"/gc/heap/goal:bytes"}},
	{desc: metric.Desc{Name: "go.memory.gc.cycles", Unit: "{gc_cycle}", Text: "Number of completed GC cycles."},
		kind: metric.KindCounter, names: []string{"/gc/cycles/total:gc-cycles"}},
	{desc: metric.Desc{Name: "go.goroutine.count", Unit: "{goroutine}", Text: "Count of live goroutines."},
		kind: metric.KindUpDownCounter, names: []string{"/sched/goroutines:goroutines"}},
	{desc: metric.Desc{Name: "go.processor.limit", Unit: "{thread}",
		Text: "The number of OS threads that can execute user-level Go code simultaneously."},
		kind: metric.KindUpDownCounter, names: []string{"/sched/gomaxprocs:threads"}},
	{desc: metric.Desc{Name: "go.config.gogc", Unit: "%", Text: "Heap size target percentage configured by the user, otherwise 100."},
		kind: metric.KindUpDownCounter, names: []string{"/gc/gogc:percent"}, noneValue: math.MaxUint64},
}

const schedulerLatency = "/sched/latencies:seconds"

var scheduleDuration = metric.Desc{Name: "go.schedule.duration", Unit: "s",
	Text: "The time goroutines have spent in the scheduler in a runnable state before actually running."}

// goRuntime keeps its samples from one collection to the next.
type goRuntime struct {
	samples []metrics.Sample
	index   map[string]int
}

func newGoRuntime() *goRuntime {
	g := &goRuntime{index: map[string]int{}}
	known := map[string]bool{}
	for _, d := range metrics.All() {
		known[d.Name] = true
	}
	add := func(name string) {
		if _, ok := g.index[name]; known[name] && !ok {
			g.index[name] = len(g.samples)
			g.samples = append(g.samples, metrics.Sample{Name: name})
		}
	}
	for _, n := range runtimeMetrics {
		for _, name := range append(n.names, n.minus...) {
			add(name)
		}
	}
	add(schedulerLatency)
	return g
}

// value returns a number that the runtime has reported.
func (g *goRuntime) value(name string) (uint64, bool) {
	at, ok := g.index[name]
	if !ok || g.samples[at].Value.Kind() != metrics.KindUint64 {
		return 0, false
	}
	return g.samples[at].Value.Uint64(), true
}

func (g *goRuntime) metrics() (all []metric.Metric) {
	metrics.Read(g.samples)
	for _, n := range runtimeMetrics {
		sum, ok := uint64(0), true
		for _, name := range n.names {
			v, found := g.value(name)
			sum, ok = sum+v, ok && found
		}
		for _, name := range n.minus {
			v, found := g.value(name)
			sum, ok = sum-v, ok && found
		}
		if !ok || n.noneValue != 0 && sum == n.noneValue || sum > math.MaxInt64 {
			continue
		}
		p := metric.Point{Int: int64(sum)}
		m := metric.Metric{Desc: n.desc, Kind: n.kind}
		if n.memoryType != "" {
			m.Keys = metric.Keys("go.memory.type")
			p.Values = []metric.Value{{Str: n.memoryType}}
		}
		if last := len(all) - 1; last >= 0 && all[last].Name == m.Name {
			all[last].Points = append(all[last].Points, p)
			continue
		}
		m.Points = []metric.Point{p}
		all = append(all, m)
	}
	if m, ok := g.schedulerLatencies(); ok {
		all = append(all, m)
	}
	return all
}

// schedulerLatencies returns the runtime's histogram with the runtime's buckets. The runtime does
// not know the sum.
func (g *goRuntime) schedulerLatencies() (m metric.Metric, ok bool) {
	at, found := g.index[schedulerLatency]
	if !found || g.samples[at].Value.Kind() != metrics.KindFloat64Histogram {
		return m, false
	}
	h := g.samples[at].Value.Float64Histogram()
	if len(h.Buckets) != len(h.Counts)+1 || len(h.Counts) == 0 {
		return m, false
	}
	m = metric.Metric{Desc: scheduleDuration, Kind: metric.KindHistogram}
	p := metric.Point{NoSum: true, Buckets: append([]uint64(nil), h.Counts...)}
	m.Bounds = append([]float64(nil), h.Buckets[1:]...)
	if last := len(m.Bounds) - 1; math.IsInf(m.Bounds[last], 1) {
		m.Bounds = m.Bounds[:last]
	} else {
		p.Buckets = append(p.Buckets, 0)
	}
	for _, n := range p.Buckets {
		p.Count += n
	}
	m.Points = []metric.Point{p}
	return m, true
}
