// Package semconv writes and measures spans by the OpenTelemetry semantic conventions (1.43), so
// that all plugins agree. A plugin calls Start… and End… of its kind, HTTP, DB, RPC or a message;
// metrics need nothing else, and are also recorded for spans that are not sampled. It imports the
// agent and otherwise only what net/http itself may import; nothing in it panics, blocks or keeps
// its arguments.
//
// HTTP: the stable conventions. Times are the agent's. The values of a query, user names and
// passwords are never recorded. Attributes come from the other side and have any length and
// content; they are truncated to 2048 bytes, and nothing here costs more than their length.
package semconv
