// Package boot is what a woven program's package main imports: it reads the
// OTEL_ variables of the environment and sets the agent and its exporters up.
//
// Importing it is enough: its init does all, before anything of package main is
// initialised. The variables are read once, then. Their meaning is that of the
// OpenTelemetry specification; an empty one counts as unset. A value that is not
// known is reported once on stderr and its default is used; nothing else is
// printed, and no error stops the program.
package boot
