package boot

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"goagent/converge"
	"goagent/export"
	"goagent/metric"
	"goagent/observe"
	"goagent/semconv"
)

var metricSignal = otlpSignal{otlpPrefix + "METRICS_", "/v1/metrics", "metrics"}

// metricPlan is what the environment asks for in metrics. Readers are made when it begins: before
// that there is nothing to read.
type metricPlan struct {
	config      metric.Config
	interval    time.Duration
	prefer      metric.Preference
	exporters   []export.MetricExporter
	startServer func() // starts serving Prometheus; nil if not selected

	periodic []*export.Periodic
}

// metricsOf reads the environment. It returns nil if no metrics are wanted.
func metricsOf(e *env, r *resource, l *log) *metricPlan {
	names := e.exporters("OTEL_METRICS_EXPORTER", "otlp", "console", "file", "prometheus")
	if len(names) == 0 {
		return nil
	}
	m := &metricPlan{config: metricConfigOf(e), interval: e.milliseconds("OTEL_METRIC_EXPORT_INTERVAL"),
		prefer: preferenceOf(e) | aggregationOf(e)}
	for _, name := range names {
		switch name {
		case "otlp":
			if c, ok := otlpOf(e, metricSignal, r); ok {
				c.RetryFor = e.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT")
				c.Failed = l.failureReporter("data points of metrics")
				m.exporters = append(m.exporters, export.NewOTLP(c))
			}
		case "console":
			m.exporters = append(m.exporters, export.NewMetricFile(os.Stderr, r.attrs, "goagent", Version))
		case "file":
			if f := appendTo(e, "GOAGENT_METRICS_FILE", "OTEL_METRICS_EXPORTER=file, no metrics are written"); f != nil {
				m.exporters = append(m.exporters, export.NewMetricFile(f, r.attrs, "goagent", Version))
			}
		case "prometheus":
			m.startServer = func() { servePrometheus(e, r) }
		}
	}
	if len(m.exporters) == 0 && m.startServer == nil {
		return nil
	}
	// Prometheus reads buckets with bounds
	m.config.Exponential = m.prefer&metric.Exponential != 0 && len(m.exporters) > 0
	return m
}

func servePrometheus(e *env, r *resource) {
	reader := metric.NewReader(metric.PreferCumulative)
	servePrometheusAt(e, export.PrometheusType, func(w io.Writer) {
		export.Prometheus(w, reader.Collect(), r.attrs, "goagent", Version)
	})
}

func (m *metricPlan) begin() {
	m.config.Wake = func() {
		for _, p := range m.periodic {
			p.Wake()
		}
	}
	metric.Enable(m.config)
	observe.Start()
	for _, x := range m.exporters {
		m.periodic = append(m.periodic, export.NewPeriodic(metric.NewReader(m.prefer), x, m.interval))
	}
	if m.startServer != nil {
		m.startServer()
	}
}

func metricConfigOf(e *env) metric.Config {
	c := metric.Config{
		Cardinality: e.number(2, "GOAGENT_METRIC_CARDINALITY_LIMIT"),
		AttrValues:  e.number(1, "GOAGENT_METRIC_ATTRIBUTE_LIMIT"),
		Slow:        slowOf(e),
	}
	if rules := rulesOf(e); len(rules) > 0 {
		c.Rewrite = func(key, value string) string {
			value, _ = rules.Apply(key, value)
			return value
		}
	}
	const name = "OTEL_METRICS_EXEMPLAR_FILTER"
	switch value := e.choice(name); value {
	case "", "trace_based":
	case "always_on":
		c.Exemplars = metric.AlwaysOn
	case "always_off":
		c.Exemplars = metric.AlwaysOff
	default:
		e.warn(name, value, "not known (known are trace_based, always_on and always_off), trace_based is used")
	}
	return c
}

func rulesOf(e *env) converge.Rules {
	const name = "GOAGENT_CONVERGE"
	rules, bad := converge.ParseRules(e.get(name))
	if bad != "" {
		e.warn(name, bad, "not a rule (attribute:pattern=>value), no rules are used")
	}
	for _, r := range rules {
		if !metric.HasTextAttribute(r.Key) {
			e.warn(name, r.Key, "no metric has an attribute of this name, the rule changes nothing")
		}
	}
	return rules
}

func settingsOf(e *env) semconv.Settings {
	s := semconv.Settings{Rules: rulesOf(e), Methods: methodsOf(e)}
	const name = "GOAGENT_METRIC_URL_TEMPLATE"
	value := e.choice(name)
	if value == "" {
		return s
	}
	s.NoServerTemplate = true
	for _, item := range splitList(value) {
		switch item {
		case "server":
			s.NoServerTemplate = false
		case "client":
			s.ClientTemplate = true
		case "none":
		default:
			e.warn(name, item, "not known (known are server, client and none), left out")
		}
	}
	return s
}

// methodsOf reads the HTTP methods that are known instead of the standard ones, nil if the variable
// is unset.
func methodsOf(e *env) []string {
	const name, most = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", 100
	methods := splitList(e.get(name))
	if len(methods) > most { // each request's method is compared with all of them
		e.warn(name, methods[most], fmt.Sprintf("the first %d are used", most))
		methods = methods[:most]
	}
	return methods
}

func preferenceOf(e *env) metric.Preference {
	const name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
	switch value := e.choice(name); value {
	case "", "cumulative":
	case "delta":
		return metric.PreferDelta
	case "lowmemory":
		return metric.PreferLowMemory
	default:
		e.warn(name, value, "not known (known are cumulative, delta and lowmemory), cumulative is used")
	}
	return metric.PreferCumulative
}

// aggregationOf returns metric.Exponential, or 0 for buckets with bounds.
func aggregationOf(e *env) metric.Preference {
	const name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
	const explicit, exponential = "explicit_bucket_histogram", "base2_exponential_bucket_histogram"
	switch value := e.choice(name); value {
	case "", explicit:
	case exponential:
		return metric.Exponential
	default:
		e.warn(name, value, "not known (known are "+explicit+" and "+exponential+"), "+explicit+" is used")
	}
	return 0
}

// slowKinds are the first parts of histograms' names, and the last parts of variables' names.
var slowKinds = []string{"http", "db", "rpc", "messaging"}

// defaultSlow is the duration from which on a call is slow by default.
const defaultSlow = time.Second

// slowOf reads GOAGENT_SLOW_THRESHOLD and the variables for one kind of call, which take
// precedence.
func slowOf(e *env) func(string) time.Duration {
	const name = "GOAGENT_SLOW_THRESHOLD"
	all := slowThreshold(e, name, defaultSlow)
	each := map[string]time.Duration{}
	for _, kind := range slowKinds {
		each[kind] = slowThreshold(e, name+"_"+strings.ToUpper(kind), all)
	}
	return func(histogram string) time.Duration {
		if dot := strings.IndexByte(histogram, '.'); dot > 0 {
			if d, ok := each[histogram[:dot]]; ok {
				return d
			}
		}
		return all
	}
}

// slowThreshold reads milliseconds or a duration in Go's syntax; 0 means none.
func slowThreshold(e *env, name string, byDefault time.Duration) time.Duration {
	value := e.get(name)
	if value == "" {
		return byDefault
	}
	if n, err := strconv.ParseInt(value, 10, 40); err == nil && n >= 0 {
		return time.Duration(n) * time.Millisecond
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		e.warn(name, value, "neither milliseconds nor a duration such as 1.5s, "+byDefault.String()+" is used")
		return byDefault
	}
	return d
}
