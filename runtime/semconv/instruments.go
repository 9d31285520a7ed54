package semconv

import (
	"sync/atomic"
	"time"
	"unsafe"

	"goagent/converge"
	"goagent/metric"
)

// The boundaries that the conventions recommend.
var (
	callBounds = []time.Duration{5e6, 10e6, 25e6, 50e6, 75e6, 100e6, 250e6, 500e6, 750e6, 1e9, 2500e6, 5e9, 7500e6, 10e9}
	dbBounds   = []time.Duration{1e6, 5e6, 10e6, 50e6, 100e6, 500e6, 1e9, 5e9, 10e9}
)

// The instruments, by the semantic conventions 1.43. Indexes in their sets are the constants below.
var (
	httpServer = metric.NewTimer(metric.Desc{Name: "http.server.request.duration", Text: "Duration of HTTP server requests."},
		callBounds, metric.Keys("http.request.method", "url.scheme", "network.protocol.version", "http.route", "url.template",
			"#http.response.status_code", "error.type"), finishHTTPServer)
	httpActive = metric.NewUpDownCounter(metric.Desc{Name: "http.server.active_requests", Unit: "{request}",
		Text: "Number of active HTTP server requests."}, metric.Keys("http.request.method", "url.scheme"))
	httpClient = metric.NewTimer(metric.Desc{Name: "http.client.request.duration", Text: "Duration of HTTP client requests."},
		callBounds, metric.Keys("http.request.method", "server.address", "network.protocol.version", "#server.port", "url.template",
			"#http.response.status_code", "error.type"), finishHTTPClient)

	dbClient = metric.NewTimer(metric.Desc{Name: "db.client.operation.duration", Text: "Duration of database client operations."},
		dbBounds, metric.Keys("db.system.name", "db.operation.name", "db.collection.name", "db.namespace", "db.query.summary",
			"db.stored_procedure.name", "server.address", "#server.port", "db.response.status_code", "error.type"), nil)

	rpcServer = metric.NewTimer(metric.Desc{Name: "rpc.server.call.duration",
		Text: "Measures the duration of an incoming Remote Procedure Call (RPC)."},
		callBounds, rpcKeys, nil)
	rpcClient = metric.NewTimer(metric.Desc{Name: "rpc.client.call.duration",
		Text: "Measures the duration of an outgoing Remote Procedure Call (RPC)."},
		callBounds, rpcKeys, nil)
	rpcKeys = metric.Keys("rpc.system.name", "rpc.method", "rpc.response.status_code", "server.address", "#server.port", "error.type")

	messagingClient = metric.NewTimer(metric.Desc{Name: "messaging.client.operation.duration",
		Text: "Duration of messaging operation initiated by a producer or consumer client."}, callBounds, messagingKeys, finishMessage)
	messagingProcess = metric.NewTimer(metric.Desc{Name: "messaging.process.duration", Text: "Duration of processing operation."},
		callBounds, messagingKeys[:messagingType], nil)
	messagingSent = metric.NewCounter(metric.Desc{Name: "messaging.client.sent.messages", Unit: "{message}",
		Text: "Number of messages producer attempted to send to the broker."}, messagingKeys[:messagingGroup])
	messagingConsumed = metric.NewCounter(metric.Desc{Name: "messaging.client.consumed.messages", Unit: "{message}",
		Text: "Number of messages that were delivered to the application."}, messagingKeys[:messagingType])
	// messagingKeys has the keys of all four; those that not every instrument has come last.
	messagingKeys = metric.Keys("messaging.system", "messaging.operation.name", "messaging.destination.name",
		"messaging.destination.template",
		"server.address", "#server.port", "error.type", "messaging.consumer.group.name", "messaging.operation.type")
)

// Indexes in the sets of HTTP. The two instruments share those that both have.
const (
	httpMethod   = 0
	serverScheme = 1
	clientHost   = 1
	httpVersion  = 2
	serverRoute  = 3
	clientPort   = 3
	httpTemplate = 4
	httpStatus   = 5
)

// Indexes in the sets of databases.
const (
	dbSystem = iota
	dbOperation
	dbCollection
	dbNamespace
	dbSummary
	dbProcedure
	dbAddress
	dbPort
	dbStatus
	dbError
)

// Indexes in the sets of RPC.
const (
	rpcSystem = iota
	rpcMethod
	rpcStatus
	rpcAddress
	rpcPort
	rpcError
)

// Indexes in the sets of messaging.
const (
	messagingSystem = iota
	messagingOperation
	messagingDestination
	messagingTemplate
	messagingAddress
	messagingPort
	messagingError
	messagingGroup
	messagingType
	messagingSending // not an attribute: the number of messages that are counted as sent at the end
)

// Settings determine how values are reduced. The zero value means no rules, and templates for
// servers.
type Settings struct {
	Rules converge.Rules
	// NoServerTemplate omits url.template from the measurements of requests whose route is
	// unknown or a catch-all. ClientTemplate adds it for outgoing requests.
	NoServerTemplate, ClientTemplate bool
	// Methods, if not nil, are the known HTTP methods, instead of the standard ones.
	Methods []string
}

var settings = unsafe.Pointer(&Settings{}) // *Settings; atomic

// Configure applies settings.
func Configure(s Settings) { atomic.StorePointer(&settings, unsafe.Pointer(&s)) }

func currentSettings() *Settings { return (*Settings)(atomic.LoadPointer(&settings)) }

// finishHTTPServer replaces the path by a template if the route is unknown or ends in a slash:
// there are usually several endpoints below such a route. A path that the service does not know is
// somebody's guess: its template would be meaningless, and so is the route of a catch-all that has
// answered with 404.
func finishHTTPServer(set *metric.Set, room []byte) {
	path, route, status := set[httpTemplate].Str, set[serverRoute].Str, set[httpStatus].Num
	set[httpTemplate].Str = ""
	if path == "" {
		return
	}
	if status == 404 && route != "" && converge.Beyond(route, path) {
		set[serverRoute].Str = ""
	}
	open, unknown := route == "" || route[len(route)-1] == '/', status == 404 || status == 405
	if c := currentSettings(); open && !unknown && !c.NoServerTemplate {
		set[httpTemplate].Str = c.template(room, path)
	}
}

// finishMessage counts the messages sent, now that the result is known.
func finishMessage(set *metric.Set, _ []byte) {
	if n := set[messagingSending].Num; n > 0 {
		messagingSent.Add(set, n)
	}
}

func finishHTTPClient(set *metric.Set, room []byte) {
	path := set[httpTemplate].Str
	set[httpTemplate].Str = ""
	if c := currentSettings(); c.ClientTemplate && path != "" {
		set[httpTemplate].Str = c.template(room, path)
	}
}

// template returns the replacement for a path, as text in room.
func (c *Settings) template(room []byte, path string) string {
	if with, ok := c.Rules.Apply("url.template", path); ok {
		return with
	}
	room = converge.Path(room, path)
	return *(*string)(unsafe.Pointer(&room))
}
