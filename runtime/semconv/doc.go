// Package semconv writes spans and measures them by the OpenTelemetry semantic
// conventions (1.43), so that all plugins agree. A plugin calls Start… and End… of its
// kind, HTTP, DB, RPC or a message; metrics need nothing else, and are recorded for spans
// that are not sampled, too. It imports the agent and otherwise only what net/http itself
// may import; nothing in it panics, blocks or keeps what it is given.
//
// HTTP: the stable conventions. Times are the agent's. No query is recorded of
// a server's request, no user name or password and no value of a query of a
// client's. Attributes come from the other side and are of any length and
// content; they are cut at 2048 bytes, and nothing here costs more than their length.
package semconv
