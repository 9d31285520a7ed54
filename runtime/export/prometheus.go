package export

import (
	"bytes"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"

	"goagent/agent"
	"goagent/metric"
)

// PrometheusType is the content type of Prometheus' text format.
const PrometheusType = "text/plain; version=0.0.4; charset=utf-8"

// Prometheus writes metrics in the text format of Prometheus, with the names that OpenTelemetry's
// specification prescribes for it: dots become underscores, units and _total are appended, and the
// resource is target_info. The metrics have to be cumulative. The format has no exponential
// histograms: those are omitted.
func Prometheus(out io.Writer, all []metric.Metric, resource []agent.Attr, scope, version string) {
	var w promWriter
	w.scope = `otel_scope_name="` + escapeLabel(scope) + `",otel_scope_version="` + escapeLabel(version) + `"`
	w.targetInfo(resource)
	for i := range all {
		if !all[i].Exponential {
			w.metric(&all[i])
		}
	}
	_, _ = out.Write(w.b.Bytes()) // the client has gone
}

// targetInfo writes the resource. If several keys become the same label their values are joined, in
// the order of the keys: a scrape with a repeated label is refused as a whole.
func (w *promWriter) targetInfo(resource []agent.Attr) {
	sorted := append([]agent.Attr(nil), resource...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Key < sorted[j].Key })
	var labels []string
	joined := map[string]string{}
	for i := range sorted {
		a := &sorted[i]
		label, text := labelName(a.Key), attrText(a)
		if previous, found := joined[label]; found {
			joined[label] = previous + ";" + text
			continue
		}
		joined[label] = text
		labels = append(labels, label)
	}
	w.head("target_info", "Target metadata.", "gauge")
	w.b.WriteString("target_info")
	sep := "{"
	for _, label := range labels {
		w.b.WriteString(sep + label + `="` + escapeLabel(joined[label]) + `"`)
		sep = ","
	}
	if sep == "," {
		w.b.WriteString("}")
	}
	w.b.WriteString(" 1\n")
}

type promWriter struct {
	b     bytes.Buffer
	scope string
}

func (w *promWriter) head(name, text, kind string) {
	if text != "" {
		w.b.WriteString("# HELP " + name + " " + strings.NewReplacer("\\", `\\`, "\n", `\n`).Replace(text) + "\n")
	}
	w.b.WriteString("# TYPE " + name + " " + kind + "\n")
}

func (w *promWriter) metric(m *metric.Metric) {
	name := promName(m)
	kind := "gauge"
	switch m.Kind {
	case metric.KindCounter:
		kind = "counter"
	case metric.KindHistogram:
		kind = "histogram"
	}
	w.head(name, m.Text, kind)
	for i := range m.Points {
		p := &m.Points[i]
		labels := w.labels(m.Keys, p)
		switch {
		case m.Kind == metric.KindHistogram:
			w.histogram(name, labels, m.Bounds, p)
		case p.IsFloat:
			w.line(name, labels, floatText(p.Float))
		default:
			w.line(name, labels, strconv.FormatInt(p.Int, 10))
		}
	}
}

func (w *promWriter) histogram(name, labels string, bounds []float64, p *metric.Point) {
	count := uint64(0)
	for i, n := range p.Buckets {
		count += n
		le := "+Inf"
		if i < len(bounds) {
			le = floatText(bounds[i])
		}
		w.line(name+"_bucket", labels+`,le="`+le+`"`, strconv.FormatUint(count, 10))
	}
	if !p.NoSum {
		w.line(name+"_sum", labels, floatText(p.Sum))
	}
	w.line(name+"_count", labels, strconv.FormatUint(count, 10))
}

func (w *promWriter) line(name, labels, value string) {
	w.b.WriteString(name + "{" + labels + "} " + value + "\n")
}

func (w *promWriter) labels(keys []metric.Key, p *metric.Point) string {
	var b strings.Builder
	b.WriteString(w.scope)
	if p.Overflow {
		b.WriteString(`,otel_metric_overflow="true"`)
	}
	for i, v := range p.Values {
		if v == (metric.Value{}) {
			continue
		}
		text := escapeLabel(v.Str)
		if keys[i].Number {
			text = strconv.FormatInt(v.Num, 10)
		}
		b.WriteString("," + labelName(keys[i].Name) + `="` + text + `"`)
	}
	return b.String()
}

var labelEscapes = strings.NewReplacer("\\", `\\`, "\"", `\"`, "\n", `\n`)

func escapeLabel(s string) string { return labelEscapes.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

// floatText writes infinities and NaN as Prometheus does.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "+Inf"
	case math.IsInf(f, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// unitNames are the words for units of the semantic conventions; units in braces have none.
var unitNames = map[string]string{"s": "seconds", "By": "bytes", "1": "ratio", "%": "percent"}

// promName returns the metric's name with its unit.
func promName(m *metric.Metric) string {
	name := sanitizeName(m.Name)
	unit := unitNames[m.Unit]
	if m.Unit == "1" && m.Kind == metric.KindCounter {
		unit = ""
	}
	if unit != "" && !strings.HasSuffix(name, "_"+unit) {
		name += "_" + unit
	}
	if m.Kind == metric.KindCounter {
		name += "_total"
	}
	return name
}

// labelName is sanitizeName for labels: they have no colons, and two underscores at the beginning
// are reserved.
func labelName(key string) string {
	name := sanitizeName(strings.ReplaceAll(key, ":", "_"))
	for strings.Contains(name, "__") {
		name = strings.ReplaceAll(name, "__", "_")
	}
	return name
}

// sanitizeName replaces each run of characters that a name may not have by an underscore.
func sanitizeName(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':'
		switch {
		case letter || c >= '0' && c <= '9' && i > 0:
			b = append(b, c)
		case c >= '0' && c <= '9':
			b = append(b, '_', c)
		case len(b) == 0 || b[len(b)-1] != '_':
			b = append(b, '_')
		}
	}
	return string(b)
}
