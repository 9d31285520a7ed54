//! Chooses what programs send while they are tested.

use std::process::Command;

use super::process::without_telemetry;

/// The telemetry that programs send.
pub trait Sends {
    /// The defaults: no variable of this shell changes them.
    fn as_usual(&mut self) -> &mut Self;
    /// Spans to this exporter; no metrics: nobody looks at them, and an endpoint that is not there
    /// takes time.
    fn only_spans(&mut self, exporter: &str) -> &mut Self;
}

impl Sends for Command {
    fn as_usual(&mut self) -> &mut Self {
        without_telemetry(self);
        self
    }

    fn only_spans(&mut self, exporter: &str) -> &mut Self {
        self.as_usual()
            .env("OTEL_TRACES_EXPORTER", exporter)
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("NO_COLOR", "1")
            .env("GOAGENT_IN_TESTS", "true") // test binaries sleep without it
    }
}
