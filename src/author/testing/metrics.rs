//! Renders the metrics that a program sent as a text that is the same on every run.
//!
//! In: lines of OTLP in JSON, as the runtime's file exporter writes them. Out: each metric's kind,
//! name and unit, and for each set of attributes the number of recorded values, or the sum.
//! Durations, and the metrics of the process and of Go's runtime, differ from run to run and are
//! left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::telemetry::{STEP, attributes, items, lines, text};
use crate::diagnostic::counted;

/// The text if no metric was sent.
const NONE: &str = "no metrics\n";
/// The beginnings of the names of metrics of Go, of the process and of the exporters, which no rule
/// records.
const NOT_OF_RULES: [&str; 3] = ["go.", "process.", "otel."];

/// The value for one set of attributes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum SeriesValue {
    /// This many recorded values.
    Values(u64),
    /// This sum.
    Sum(i64),
    /// A number that differs from run to run.
    Number,
}

/// Renders a file of the exporter.
pub(super) fn render(sent: &str) -> anyhow::Result<String> {
    let mut last: BTreeMap<(String, String), (SeriesValue, String)> = BTreeMap::new();
    for batch in lines(sent)? {
        let scopes = items(&batch, "resourceMetrics").flat_map(|resource| items(resource, "scopeMetrics"));
        for metric in scopes.flat_map(|scope| items(scope, "metrics")).filter(|metric| is_of_rules(metric)) {
            let (kind, data) = kind(metric);
            let head = format!("- {kind} {} ({})", text(metric, "name"), text(metric, "unit"));
            for point in items(data, "dataPoints") {
                let mut shown = String::new();
                attributes(point, 2 * STEP, &mut shown);
                // Later values include earlier ones.
                let key = (head.clone(), point.get("attributes").map(Value::to_string).unwrap_or_default());
                last.insert(key, (SeriesValue::new(point), shown));
            }
        }
    }
    let mut metrics: BTreeMap<String, BTreeMap<String, SeriesValue>> = BTreeMap::new();
    for ((head, _), (came, shown)) in last {
        let points = metrics.entry(head).or_default();
        // Sets of attributes with different ports are the same set once the ports are masked.
        let all = points.get(&shown).map_or(came, |known| known.and(came));
        points.insert(shown, all);
    }
    let mut out = String::new();
    for (head, points) in metrics {
        let _ = writeln!(out, "{head}");
        for (attributes, came) in points {
            let _ = write!(out, "{:STEP$}- {}\n{attributes}", "", came.describe());
        }
    }
    Ok(if out.is_empty() { NONE.to_owned() } else { out })
}

fn is_of_rules(metric: &Value) -> bool {
    !NOT_OF_RULES.iter().any(|start| text(metric, "name").starts_with(start))
}

fn kind(metric: &Value) -> (&'static str, &Value) {
    let data = |name| metric.get(name).unwrap_or(&Value::Null);
    let sum = data("sum");
    let rises = sum.get("isMonotonic").and_then(Value::as_bool).unwrap_or_default();
    match () {
        () if !data("histogram").is_null() => ("histogram", data("histogram")),
        () if sum.is_null() => ("gauge", data("gauge")),
        () if rises => ("counter", sum),
        () => ("up-down counter", sum),
    }
}

impl SeriesValue {
    fn new(point: &Value) -> Self {
        let number = |name| point.get(name).and_then(Value::as_str);
        match (number("count"), number("asInt")) {
            (Some(count), _) => Self::Values(count.parse().unwrap_or_default()),
            (_, Some(sum)) => Self::Sum(sum.parse().unwrap_or_default()),
            _ => Self::Number,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Values(a), Self::Values(b)) => Self::Values(a + b),
            (Self::Sum(a), Self::Sum(b)) => Self::Sum(a + b),
            _ => Self::Number,
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Values(count) => counted(usize::try_from(count).unwrap_or_default(), "value"),
            Self::Sum(sum) => sum.to_string(),
            Self::Number => "a number".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = concat!(
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":["#,
        r#"{"name":"x.duration","unit":"s","histogram":{"dataPoints":["#,
        r#"{"count":"1","sum":0.2,"attributes":[{"key":"server.port","value":{"intValue":"34567"}}]}]}},"#,
        r#"{"name":"go.goroutine.count","unit":"{goroutine}","sum":{"dataPoints":[{"asInt":"7"}]}}]}]}]}"#,
        "\n",
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":["#,
        r#"{"name":"x.duration","unit":"s","histogram":{"dataPoints":["#,
        r#"{"count":"3","sum":0.7,"attributes":[{"key":"server.port","value":{"intValue":"34567"}}]},"#,
        r#"{"count":"2","sum":0.1,"attributes":[{"key":"server.port","value":{"intValue":"45678"}}]},"#,
        r#"{"count":"1","sum":0.1,"attributes":[{"key":"a","value":{"stringValue":"b"}}]}]}},"#,
        r#"{"name":"x.active","unit":"{x}","sum":{"dataPoints":[{"asInt":"-1"}]}},"#,
        r#"{"name":"x.sent","unit":"By","sum":{"isMonotonic":true,"dataPoints":[{"asInt":"9"}]}},"#,
        r#"{"name":"x.now","unit":"1","gauge":{"dataPoints":[{"asDouble":0.5}]}}]}]}]}"#,
        "\n"
    );

    #[test]
    fn metrics_are_told_without_what_is_chance() {
        let wanted = "- counter x.sent (By)\n    - 9\n- gauge x.now (1)\n    - a number\n- histogram x.duration (s)\n    \
                      - 1 value\n        a = \"b\"\n    - 5 values\n        server.port = PORT\n\
                      - up-down counter x.active ({x})\n    - -1\n";
        assert_eq!(render(SENT).unwrap(), wanted);
        assert_eq!(render("").unwrap(), NONE);
        assert!(render("{}\n{\"resourceM").unwrap_err().to_string().contains("line 2"));
    }
}
