//! Environment variables: those that goagent and the programs it makes read, and mistakes in their
//! values.
//!
//! In: names and values. Out: findings. Values that may be secret are not repeated.

use crate::diagnostic::nearest;

/// A mistake in a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableMistake {
    /// The mistake, in words.
    pub what: String,
    /// The remedy.
    pub remedy: String,
    /// True if the program would export nothing because of it.
    pub silences: bool,
}

/// Returns true if this value of `GOAGENT` takes goagent out of a build; an error if it is not
/// understood.
pub fn is_off(value: Option<&str>) -> Result<bool, String> {
    match value.unwrap_or_default() {
        "" | "on" => Ok(false),
        "off" => Ok(true),
        other => Err(format!("GOAGENT={other} is not understood: write GOAGENT=off, or unset it")),
    }
}

/// goagent's own variables, and those of the linked-in module that are in no specification.
const OWN: [&str; 12] = [
    "GOAGENT",
    "GOAGENT_CACHE",
    "GOAGENT_CONVERGE",
    "GOAGENT_FILE",
    "GOAGENT_IN_TESTS",
    "GOAGENT_METRICS_FILE",
    "GOAGENT_METRIC_ATTRIBUTE_LIMIT",
    "GOAGENT_METRIC_CARDINALITY_LIMIT",
    "GOAGENT_METRIC_URL_TEMPLATE",
    "GOAGENT_ORPHAN_TIMEOUT",
    "GOAGENT_RESOURCE_DETECTORS",
    SLOW,
];

/// The name may continue with `_` and a kind of call.
const SLOW: &str = "GOAGENT_SLOW_THRESHOLD";

/// Variables that the linked-in module reads. A name that ends with `_` is only a prefix in its
/// source.
const READ: [&str; 32] = [
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_CONFIG_FILE",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_PROMETHEUS_HOST",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOG_LEVEL",
    "OTEL_METRICS_EXEMPLAR_FILTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
    "OTEL_PROPAGATORS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_EXPORTER_OTLP_",
    "OTEL_",
];

/// The prefixes of OTLP's variables.
const PREFIXES: [&str; 3] =
    ["OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_METRICS_"];

/// The names after these prefixes.
const OTLP: [&str; 9] = [
    "CERTIFICATE",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
    "COMPRESSION",
    "ENDPOINT",
    "HEADERS",
    "INSECURE",
    "PROTOCOL",
    "TIMEOUT",
];

/// Families of the specification for signals or exporters that goagent does not have.
const OTHERS: [&str; 7] = [
    "OTEL_LOG",
    "OTEL_BLRP_",
    "OTEL_EXPORTER_OTLP_LOGS_",
    "OTEL_EXPORTER_ZIPKIN_",
    "OTEL_EXPORTER_JAEGER_",
    "OTEL_INSTRUMENTATION_",
    "OTEL_GO_",
];

/// Returns every variable that is read.
fn read() -> impl Iterator<Item = String> {
    let whole = READ.iter().filter(|name| !name.ends_with('_')).map(|name| (*name).to_owned());
    whole
        .chain(PREFIXES.into_iter().flat_map(|prefix| OTLP.iter().map(move |rest| format!("{prefix}{rest}"))))
}

/// Returns the mistake in a variable; `None` if there is none, or the variable does not concern
/// goagent.
pub fn mistake(name: &str, value: &str, all: &dyn Fn(&str) -> Option<String>) -> Option<VariableMistake> {
    let own: Vec<String> = OWN.iter().map(|name| (*name).to_owned()).collect();
    if name.starts_with("GOAGENT") {
        let slow = name.strip_prefix(SLOW).is_some_and(|kind| kind.starts_with('_'));
        return (!slow && !own.iter().any(|known| known == name)).then(|| unknown_variable(name, &own));
    }
    if !name.starts_with("OTEL_") || value.trim().is_empty() {
        return None;
    }
    let known: Vec<String> = read().collect();
    if known.iter().any(|known| known == name) {
        return value_mistake(name, value.trim(), all);
    }
    if OTHERS.iter().any(|prefix| name.starts_with(prefix)) {
        let what =
            format!("{name} is not read: this goagent makes traces and metrics, and speaks OTLP over HTTP");
        return Some(VariableMistake {
            what,
            remedy: "unset it, or leave it: it does nothing".to_owned(),
            silences: false,
        });
    }
    Some(unknown_variable(name, &known))
}

fn unknown_variable(name: &str, known: &[String]) -> VariableMistake {
    let meant = nearest(name, known.iter().map(String::as_str));
    let remedy = meant.map_or_else(
        || "unset it; the book's quick start has those that are read".to_owned(),
        |meant| format!("did you mean {meant}?"),
    );
    VariableMistake { what: format!("{name} is not known"), remedy, silences: false }
}

/// Returns the mistake in the value of a variable that is read.
fn value_mistake(name: &str, value: &str, all: &dyn Fn(&str) -> Option<String>) -> Option<VariableMistake> {
    let lower = value.to_lowercase();
    let wrong = |remedy: &str| {
        let shown: String = value.chars().take(100).collect();
        Some(VariableMistake {
            what: format!("{name}={shown:?} is not understood"),
            remedy: remedy.to_owned(),
            silences: false,
        })
    };
    let items = || lower.split(',').map(str::trim).filter(|item| !item.is_empty());
    let short = name
        .rsplit("OTLP_")
        .next()
        .map(|rest| rest.trim_start_matches("TRACES_").trim_start_matches("METRICS_"))
        .unwrap_or_default();
    match (name, short) {
        ("OTEL_SDK_DISABLED", _) if !matches!(lower.as_str(), "true" | "false") => {
            wrong("write true or false")
        }
        ("OTEL_TRACES_EXPORTER", _)
            if items().any(|i| !matches!(i, "otlp" | "console" | "file" | "none")) =>
        {
            wrong("write otlp, console, file or none, or several with commas between")
        }
        ("OTEL_TRACES_EXPORTER", _)
            if items().any(|i| i == "file") && all("GOAGENT_FILE").is_none_or(|v| v.is_empty()) =>
        {
            let what = "OTEL_TRACES_EXPORTER=file, and GOAGENT_FILE names no file".to_owned();
            Some(VariableMistake {
                what,
                remedy: "set GOAGENT_FILE to the path of a file".to_owned(),
                silences: true,
            })
        }
        ("OTEL_METRICS_EXPORTER", _)
            if items().any(|i| !matches!(i, "otlp" | "console" | "file" | "prometheus" | "none")) =>
        {
            wrong("write otlp, prometheus, console, file or none, or several with commas between")
        }
        ("OTEL_PROPAGATORS", _) if items().any(|item| !PROPAGATORS.contains(&item)) => {
            wrong(&format!("known are {}", PROPAGATORS.join(", ")))
        }
        ("OTEL_TRACES_SAMPLER", _) if !SAMPLERS.contains(&lower.trim_start_matches("parentbased_")) => {
            wrong("write always_on, always_off or traceidratio, with or without parentbased_ before it")
        }
        ("OTEL_TRACES_SAMPLER_ARG", _) if !value.parse().is_ok_and(|n: f64| (0.0..=1.0).contains(&n)) => {
            wrong("write a number from 0 to 1")
        }
        ("OTEL_CONFIG_FILE", _) => Some(no_file()),
        (_, "PROTOCOL") => protocol(name, &lower, all),
        (_, "COMPRESSION") if !matches!(lower.as_str(), "gzip" | "none") => wrong("write gzip or none"),
        (_, "TIMEOUT") if value.parse::<u32>().is_err() => wrong("write milliseconds, as a whole number"),
        (_, "INSECURE") if !matches!(lower.as_str(), "true" | "false") => wrong("write true or false"),
        _ if is_number(name) && value.parse::<u32>().is_err() => wrong("write a whole number"),
        _ => None,
    }
}

fn no_file() -> VariableMistake {
    let what = "OTEL_CONFIG_FILE is not read: files of configuration are not known".to_owned();
    VariableMistake {
        what,
        remedy: "set the variables of the environment in its place".to_owned(),
        silences: false,
    }
}

fn is_number(name: &str) -> bool {
    let families = ["OTEL_BSP_", "OTEL_METRIC_EXPORT_"];
    name.ends_with("_LIMIT") || families.iter().any(|family| name.starts_with(family))
}

const PROPAGATORS: [&str; 7] = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "eagleeye", "none"];
const SAMPLERS: [&str; 3] = ["always_on", "always_off", "traceidratio"];

/// Returns the sampler that applies for this value of `OTEL_TRACES_SAMPLER`.
pub fn sampler(value: Option<&str>) -> String {
    let lower = value.unwrap_or_default().trim().to_lowercase();
    if SAMPLERS.contains(&lower.trim_start_matches("parentbased_")) {
        return lower;
    }
    "parentbased_always_on".to_owned()
}

/// Checks the protocol. gRPC is not supported: if its usual port is set, the program exports to the
/// one for HTTP; with any other port it exports nothing.
fn protocol(name: &str, value: &str, all: &dyn Fn(&str) -> Option<String>) -> Option<VariableMistake> {
    if value == "http/protobuf" {
        return None;
    }
    let endpoint = all("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| all("OTEL_EXPORTER_OTLP_ENDPOINT"));
    let usual = endpoint.is_none_or(|e| e.contains(":4317") || e.contains(":4318") || e.trim().is_empty());
    let grpc = value == "grpc";
    let silences = grpc && !usual;
    let what = match (grpc, silences) {
        (true, true) => {
            format!("{name}=grpc is not spoken, and no spans are sent to the address that is set")
        }
        (true, false) => format!("{name}=grpc is not spoken: spans go to port 4318 by HTTP"),
        _ => format!("{name}={value:?} is not known: http/protobuf is used"),
    };
    let remedy =
        "set it to http/protobuf, and name the collector's address for HTTP (its usual port is 4318)";
    Some(VariableMistake { what, remedy: remedy.to_owned(), silences })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, value: &str, others: &[(&str, &str)]) -> Option<VariableMistake> {
        let all = |wanted: &str| others.iter().find(|(n, _)| *n == wanted).map(|(_, v)| (*v).to_owned());
        mistake(name, value, &all)
    }

    #[test]
    fn what_the_module_reads_is_known_here() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/runtime/boot");
        let mut seen = 0;
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.to_str().unwrap().ends_with("_test.go") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for name in text.split('"').skip(1).step_by(2) {
                let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                if is_name && (name.starts_with("OTEL_") || name.starts_with("GOAGENT")) {
                    let known = READ.contains(&name) || OWN.contains(&name);
                    assert!(known, "{name} is read by {}", path.display());
                    seen += 1;
                }
            }
            for (before, after) in [("e.otlpVariable(s, \"", '"'), ("Prefix+\"", '"')] {
                for rest in text.split(before).skip(1) {
                    let name = rest.split(after).next().unwrap();
                    assert!(OTLP.contains(&name), "{name} is read by {}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn names_and_values() {
        assert_eq!(found("PATH", "x", &[]), None);
        assert_eq!(found("OTEL_SERVICE_NAME", "x", &[]), None);
        assert_eq!(found("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,PROPFIND", &[]), None);
        assert_eq!(found("OTEL_PROPAGATORS", "tracecontext, B3", &[]), None);
        assert_eq!(found("GOAGENT_SLOW_THRESHOLD_DB", "1s", &[]), None);
        for (name, value, part) in [
            ("OTEL_SERVICENAME", "x", "did you mean OTEL_SERVICE_NAME?"),
            ("GOAGENT_CASHE", "x", "did you mean GOAGENT_CACHE?"),
            ("OTEL_LOGS_EXPORTER", "otlp", "does nothing"),
            ("OTEL_CONFIG_FILE", "otel.yaml", "variables of the environment"),
            ("OTEL_METRICS_EXPORTER", "statsd", "prometheus"),
            ("OTEL_EXPORTER_OTLP_METRICS_INSECURE", "1", "true or false"),
            ("GOAGENT_SLOW", "1s", "did you mean"),
            ("OTEL_TRACES_EXPORTER", "zipkin", "otlp, console"),
            ("OTEL_TRACES_SAMPLER_ARG", "7", "from 0 to 1"),
            ("OTEL_TRACES_SAMPLER", "sometimes", "always_on"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "many", "whole number"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zip", "gzip"),
        ] {
            let found = found(name, value, &[]).unwrap_or_else(|| panic!("{name}={value} is accepted"));
            assert!(found.remedy.contains(part) && !found.silences, "{found:?}");
        }
    }

    #[test]
    fn grpc_is_broken_only_with_an_address_that_is_not_known() {
        let name = "OTEL_EXPORTER_OTLP_PROTOCOL";
        assert!(!found(name, "grpc", &[]).unwrap().silences);
        let endpoint = |address| [("OTEL_EXPORTER_OTLP_ENDPOINT", address)];
        assert!(!found(name, "grpc", &endpoint("http://c:4317")).unwrap().silences);
        assert!(found(name, "GRPC", &endpoint("http://c:9999")).unwrap().silences);
        assert!(found("OTEL_TRACES_EXPORTER", "file", &[]).unwrap().silences);
        assert_eq!(found("OTEL_TRACES_EXPORTER", "file", &[("GOAGENT_FILE", "/x")]), None);
    }

    #[test]
    fn the_switch() {
        assert_eq!((is_off(None), is_off(Some("off")), is_off(Some(""))), (Ok(false), Ok(true), Ok(false)));
        assert!(is_off(Some("0")).is_err());
    }
}
