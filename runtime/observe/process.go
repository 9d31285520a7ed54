package observe

import (
	"time"

	"goagent/metric"
)

// usage is what the operating system knows about this process. An unknown field is negative.
type usage struct {
	user, system             time.Duration
	resident, virtual        int64 // bytes
	threads, files           int64
	voluntary, involuntary   int64 // context switches
	majorFaults, minorFaults int64
	diskRead, diskWritten    int64 // bytes
	begin                    time.Time
}

// unknownUsage returns a usage with every field unknown.
func unknownUsage() usage {
	return usage{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, time.Time{}}
}

func describe(name, unit, text string, kind metric.Kind, keys ...string) metric.Metric {
	return metric.Metric{Desc: metric.Desc{Name: name, Unit: unit, Text: text}, Kind: kind, Keys: metric.Keys(keys...)}
}

// metrics returns the known fields as metrics of the conventions.
func (u *usage) metrics(now time.Time) (all []metric.Metric) {
	add := func(m metric.Metric, points ...metric.Point) {
		kept := points[:0]
		for _, p := range points {
			if p.Int >= 0 && p.Float >= 0 {
				kept = append(kept, p)
			}
		}
		if m.Points = kept; len(kept) > 0 {
			all = append(all, m)
		}
	}
	point := func(n int64, value string) metric.Point {
		p := metric.Point{Int: n}
		if value != "" {
			p.Values = []metric.Value{{Str: value}}
		}
		return p
	}
	seconds := func(d time.Duration, value string) metric.Point {
		p := point(0, value)
		p.IsFloat, p.Float = true, d.Seconds()
		return p
	}
	const counter, upDown = metric.KindCounter, metric.KindUpDownCounter
	add(describe("process.cpu.time", "s", "Total CPU seconds broken down by different CPU modes.", counter, "cpu.mode"),
		seconds(u.user, "user"), seconds(u.system, "system"))
	add(describe("process.memory.usage", "By", "The amount of physical memory in use.", upDown), point(u.resident, ""))
	add(describe("process.memory.virtual", "By", "The amount of committed virtual memory.", upDown), point(u.virtual, ""))
	add(describe("process.thread.count", "{thread}", "Process threads count.", upDown), point(u.threads, ""))
	add(describe("process.unix.file_descriptor.count", "{file_descriptor}",
		"Number of unix file descriptors in use by the process.", upDown),
		point(u.files, ""))
	add(describe("process.context_switches", "{context_switch}", "Number of times the process has been context switched.", counter,
		"process.context_switch.type"), point(u.voluntary, "voluntary"), point(u.involuntary, "involuntary"))
	add(describe("process.paging.faults", "{fault}", "Number of page faults the process has made.", counter, "system.paging.fault.type"),
		point(u.majorFaults, "major"), point(u.minorFaults, "minor"))
	add(describe("process.disk.io", "By", "Disk bytes transferred.", counter, "disk.io.direction"),
		point(u.diskRead, "read"), point(u.diskWritten, "write"))
	add(describe("process.uptime", "s", "The time the process has been running.", metric.KindGauge), seconds(now.Sub(u.begin), ""))
	return all
}

// initTime is roughly when this process began, used if the system does not tell.
var initTime = time.Now()

// Start has the runtime and the process observed at each collection of metrics.
func Start() {
	g := newGoRuntime()
	metric.Observe(g.metrics)
	metric.Observe(func() []metric.Metric {
		u := readUsage()
		if u.begin.IsZero() {
			u.begin = initTime
		}
		return u.metrics(time.Now())
	})
}
