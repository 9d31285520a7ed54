package boot

import (
	"fmt"

	"goagent/export"
	"goagent/metric"
)

// The agent's metrics about its own queues and exporters, by the conventions for SDKs.

// exporterTypes has, by exporter, the conventions' name of its type.
var exporterTypes = map[string]string{
	"otlp": "otlp_http_span_exporter",
}

// selfMetrics returns the counts of pipelines as metrics. names are those of their exporters.
func selfMetrics(pipelines []*export.Pipeline, names []string) []metric.Metric {
	const text, kind, failure = "otel.component.name", "otel.component.type", "error.type"
	describe := func(name, text string, k metric.Kind, keys ...string) metric.Metric {
		return metric.Metric{Desc: metric.Desc{Name: name, Unit: "{span}", Text: text}, Kind: k, Keys: metric.Keys(keys...)}
	}
	size := describe("otel.sdk.processor.span.queue.size", "The number of spans in the queue.", metric.KindUpDownCounter, text, kind)
	capacity := describe("otel.sdk.processor.span.queue.capacity", "The most spans that the queue can hold.",
		metric.KindUpDownCounter, text, kind)
	processed := describe("otel.sdk.processor.span.processed",
		"The number of spans for which the processing has finished.", metric.KindCounter, text, kind, failure)
	exported := describe("otel.sdk.exporter.span.exported", "The number of spans for which the export has finished.",
		metric.KindCounter, text, kind, failure)
	for i, p := range pipelines {
		c := p.Counts()
		point := func(n uint64, values ...string) metric.Point {
			p := metric.Point{Int: int64(n)}
			for _, v := range values {
				p.Values = append(p.Values, metric.Value{Str: v})
			}
			return p
		}
		const processor = "batching_span_processor"
		name := fmt.Sprint(processor, "/", i)
		size.Points = append(size.Points, point(uint64(c.Queued), name, processor))
		capacity.Points = append(capacity.Points, point(uint64(c.Capacity), name, processor))
		processed.Points = append(processed.Points, point(c.Exported+c.Failed, name, processor, ""),
			point(c.Dropped, name, processor, "queue_full"))
		exporter := exporterTypes[names[i]]
		if exporter == "" {
			exporter = names[i] + "_span_exporter"
		}
		name = fmt.Sprint(exporter, "/", i)
		exported.Points = append(exported.Points, point(c.Exported, name, exporter, ""), point(c.Failed, name, exporter, "failed"))
	}
	if len(pipelines) == 0 {
		return nil
	}
	return []metric.Metric{size, capacity, processed, exported}
}
