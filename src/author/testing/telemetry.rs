//! Renders the spans that a program sent as a text that is the same on every run.
//!
//! In: lines of OTLP in JSON, as the runtime's file exporter writes them. Out: a tree of spans.
//! Ids, times and ports that the system chose are left out, and parts without an order of their own
//! are sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::Value;

use super::mask::mask_ports;

/// The text if no span was sent.
pub(super) const NONE: &str = "no spans\n";
/// The indentation of each level.
pub(super) const STEP: usize = 4;

/// Renders a file of the exporter.
pub(super) fn render(sent: &str) -> anyhow::Result<String> {
    let batches = lines(sent)?;
    let spans: Vec<&Value> = batches
        .iter()
        .flat_map(|batch| items(batch, "resourceSpans"))
        .flat_map(|resource| items(resource, "scopeSpans"))
        .flat_map(|scope| items(scope, "spans"))
        .collect();
    let known: BTreeSet<&str> = spans.iter().map(|span| text(span, "spanId")).collect();
    let mut below: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut roots = Vec::new();
    for span in &spans {
        let parent = text(span, "parentSpanId");
        if known.contains(parent) { below.entry(parent).or_default().push(span) } else { roots.push(*span) }
    }
    let mut trees: Vec<String> = roots.into_iter().map(|root| tree(root, &below, 0)).collect();
    trees.sort();
    Ok(if trees.is_empty() { NONE.to_owned() } else { trees.join("\n") })
}

/// The lines that the exporter wrote, parsed.
pub(super) fn lines(sent: &str) -> anyhow::Result<Vec<Value>> {
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("line {} of what was sent is not JSON: {line}", at + 1))
    };
    sent.lines().enumerate().map(read).collect()
}

pub(super) fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A span and those below it, as text.
fn tree(span: &Value, below: &BTreeMap<&str, Vec<&Value>>, depth: usize) -> String {
    let kind = match span.get("kind").and_then(Value::as_u64) {
        Some(1) => "internal",
        Some(2) => "server",
        Some(3) => "client",
        Some(4) => "producer",
        Some(5) => "consumer",
        _ => "span",
    };
    let mut out = format!("{:depth$}- {kind} {}\n", "", mask_ports(text(span, "name")));
    let deeper = depth + STEP;
    let parent = text(span, "parentSpanId");
    if depth == 0 && !parent.is_empty() {
        // These ids were not made in this process: they are as the program wrote them.
        let _ = writeln!(out, "{:deeper$}parent {parent} of trace {}", "", text(span, "traceId"));
    }
    attributes(span, deeper, &mut out);
    match span.pointer("/status/code").and_then(Value::as_u64) {
        Some(1) => drop(writeln!(out, "{:deeper$}status ok", "")),
        Some(2) => drop(writeln!(out, "{:deeper$}status error", "")),
        _ => {}
    }
    for event in items(span, "events") {
        let _ = writeln!(out, "{:deeper$}event {}", "", text(event, "name"));
        attributes(event, deeper + STEP, &mut out);
    }
    for link in items(span, "links") {
        let _ = writeln!(out, "{:deeper$}link", "");
        attributes(link, deeper + STEP, &mut out);
    }
    for name in ["droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"] {
        if let Some(count) = span.get(name).and_then(Value::as_u64) {
            let _ = writeln!(out, "{:deeper$}{name} {count}", "");
        }
    }
    let empty = Vec::new();
    let children = below.get(text(span, "spanId")).unwrap_or(&empty);
    let mut children: Vec<String> = children.iter().map(|child| tree(child, below, deeper)).collect();
    children.sort();
    out + &children.concat()
}

/// Writes the attributes of a span, an event or a point, in the order of their names.
pub(super) fn attributes(of: &Value, depth: usize, out: &mut String) {
    let mut lines: Vec<String> = items(of, "attributes")
        .map(|one| {
            let key = text(one, "key");
            format!("{:depth$}{key} = {}\n", "", value(key, one.get("value").unwrap_or(&Value::Null)))
        })
        .collect();
    lines.sort();
    out.push_str(&lines.concat());
}

/// A value as JSON; 64-bit numbers without their quotes.
fn value(key: &str, value: &Value) -> String {
    if let Some(number) = value.get("intValue").and_then(Value::as_str) {
        let is_port =
            key.rsplit('.').next() == Some("port") && number.parse().is_ok_and(|port: u32| port >= 1024);
        return if is_port { "PORT".to_owned() } else { number.to_owned() };
    }
    let inner = value.as_object().and_then(|fields| fields.values().next()).unwrap_or(&Value::Null);
    match inner {
        Value::String(_) if key == "exception.stacktrace" => "(a stack)".to_owned(),
        Value::String(text) => Value::String(mask_ports(text)).to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = concat!(
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"2","parentSpanId":"1","name":"GET /b","kind":2,"#,
        r#""attributes":[{"key":"z.port","value":{"intValue":"34567"}},{"key":"a","value":{"boolValue":true}}]}]}]}]}"#,
        "\n",
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"1","parentSpanId":"f","name":"GET","kind":3,"#,
        r#""status":{"code":2},"events":[{"name":"exception","attributes":[{"key":"m","value":{"stringValue":"dial 127.0.0.1:4711: no"}}]}]},"#,
        r#"{"traceId":"t","spanId":"3","parentSpanId":"1","name":"GET /a","kind":2}]}]}]}"#,
        "\n"
    );

    #[test]
    fn spans_of_several_batches_are_one_tree_without_ids_times_and_ports() {
        let wanted = "- client GET\n    parent f of trace t\n    status error\n    event exception\n        \
                      m = \"dial 127.0.0.1:PORT: no\"\n    - server GET /a\n    - server GET /b\n        a = true\n        \
                      z.port = PORT\n";
        assert_eq!(render(SENT).unwrap(), wanted);
        assert_eq!(render("").unwrap(), NONE);
        // Truncated text is reported: half of it must not be taken for all.
        let cut = render(&SENT[..SENT.len() - 9]).unwrap_err().to_string();
        assert!(cut.starts_with("line 2 of what was sent is not JSON: {\"resourceSpans"), "{cut}");
    }

    #[test]
    fn a_port_that_a_program_has_chosen_stays() {
        assert_eq!(value("server.port", &serde_json::json!({"intValue": "443"})), "443");
        assert_eq!(value("server.port", &serde_json::json!({"intValue": "40443"})), "PORT");
    }
}
