// Package boot reads the OTEL_ variables of the environment and sets the agent and
// its exporters up.
//
// A woven program's package main imports program, below this folder; a binary that go
// test has built imports test, which does nothing unless GOAGENT_IN_TESTS is true.
// Their init does all, before anything of package main is
// initialised. The variables are read once, then. Their meaning is that of the
// OpenTelemetry specification; an empty one counts as unset. A value that is not
// known is reported once on stderr and its default is used; nothing else is
// printed, and no error stops the program.
//
// What the specification does not have: OTEL_TRACES_EXPORTER=file appends to the
// file GOAGENT_FILE, a line of OTLP in JSON for each batch.
// OTEL_METRICS_EXPORTER=file does so with metrics and GOAGENT_METRICS_FILE. What is
// measured is configured by GOAGENT_SLOW_THRESHOLD, GOAGENT_CONVERGE and the
// GOAGENT_METRIC_ variables, see the book's page on metrics.
// OTEL_PROPAGATORS knows eagleeye, see package propagate. Limits of 0 admit
// nothing. GOAGENT_ORPHAN_TIMEOUT is agent.Config.Orphans, GOAGENT_RESOURCE_DETECTORS
// says what is found out about the process. OTEL_LOG_LEVEL is silent where it is not set.
package boot
