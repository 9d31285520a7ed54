// Package semconv writes spans by the OpenTelemetry semantic conventions, so that
// all plugins agree. It imports the agent and otherwise only what net/http itself
// may import; nothing in it panics, blocks or keeps what it is given.
//
// HTTP: the stable conventions. Times are the agent's. No query is recorded of
// a server's request, no user name or password and no value of a query of a
// client's. Attributes come from the other side and are of any length and
// content; the agent cuts them, and nothing here costs more than their length.
package semconv
