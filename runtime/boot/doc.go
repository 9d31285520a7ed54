// Package boot reads the OTEL_ variables of the environment and sets up the agent and its
// exporters.
//
// A woven program's package main imports program, below this folder; a binary that go test has
// built imports test, which does nothing unless GOAGENT_IN_TESTS is true. Their init functions do
// everything, before anything of package main is initialised. The variables are read once, at that
// time. Their meaning is that of the OpenTelemetry specification; an empty variable counts as
// unset. An unknown value is reported once on stderr and its default is used; nothing else is
// printed, and no error stops the program.
//
// Beyond the specification: OTEL_TRACES_EXPORTER=file appends to the file GOAGENT_FILE, a line of
// OTLP in JSON for each batch. OTEL_METRICS_EXPORTER=file does the same with metrics and
// GOAGENT_METRICS_FILE. GOAGENT_SLOW_THRESHOLD, GOAGENT_CONVERGE and the GOAGENT_METRIC_ variables
// configure the measurements, see the book's page on metrics. OTEL_PROPAGATORS accepts eagleeye,
// see package propagate. Limits of 0 admit nothing. GOAGENT_ORPHAN_TIMEOUT is
// agent.Config.ParentGrace, GOAGENT_RESOURCE_DETECTORS selects what is detected about the process.
// Nothing is logged unless OTEL_LOG_LEVEL is set.
package boot
