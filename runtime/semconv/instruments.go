package semconv

import (
	"sync/atomic"
	"time"
	"unsafe"

	"goagent/converge"
	"goagent/metric"
)

// The conventions' advised boundaries.
var (
	callBounds = []time.Duration{5e6, 10e6, 25e6, 50e6, 75e6, 100e6, 250e6, 500e6, 750e6, 1e9, 2500e6, 5e9, 7500e6, 10e9}
	dbBounds   = []time.Duration{1e6, 5e6, 10e6, 50e6, 100e6, 500e6, 1e9, 5e9, 10e9}
)

// The instruments, by the semantic conventions 1.43. Places in their sets are the constants below.
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

	rpcServer = metric.NewTimer(metric.Desc{Name: "rpc.server.call.duration", Text: "Measures the duration of an incoming Remote Procedure Call (RPC)."},
		callBounds, rpcKeys, nil)
	rpcClient = metric.NewTimer(metric.Desc{Name: "rpc.client.call.duration", Text: "Measures the duration of an outgoing Remote Procedure Call (RPC)."},
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
	// Not all of them have all of these: what only some have comes last.
	messagingKeys = metric.Keys("messaging.system", "messaging.operation.name", "messaging.destination.name", "messaging.destination.template",
		"server.address", "#server.port", "error.type", "messaging.consumer.group.name", "messaging.operation.type")
)

// Places in the sets of HTTP. The two instruments share those that both have.
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

// Those of databases.
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

// Those of RPC.
const (
	rpcSystem = iota
	rpcMethod
	rpcStatus
	rpcAddress
	rpcPort
	rpcError
)

// Those of messaging.
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
	messagingSending // no attribute: how many messages are counted as sent at the end
)

// Settings say how values become few. The zero value: no rules, templates for servers.
type Settings struct {
	Rules converge.Rules
	// NoServerTemplate leaves url.template out of what is measured of requests for which no route
	// is known, or one of a catch-all; ClientTemplate puts it in for requests that go out.
	NoServerTemplate, ClientTemplate bool
	// Methods, where not nil, are the methods of HTTP that are known, in place of the usual ones.
	Methods []string
}

var settings = unsafe.Pointer(&Settings{}) // *Settings; atomic

// Configure puts settings in force.
func Configure(s Settings) { atomic.StorePointer(&settings, unsafe.Pointer(&s)) }

func configured() *Settings { return (*Settings)(atomic.LoadPointer(&settings)) }

// finishHTTPServer turns the path into a template where no route is known, or one that ends in a
// slash: what is below it are several endpoints as a rule. A path that the service says it does not
// know is somebody's guess: no template of it would tell anything, nor does the route of a
// catch-all that has answered so.
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
	if c := configured(); open && !unknown && !c.NoServerTemplate {
		set[httpTemplate].Str = c.template(room, path)
	}
}

// finishMessage counts what was sent, now that it is known how that has ended.
func finishMessage(set *metric.Set, _ []byte) {
	if n := set[messagingSending].Num; n > 0 {
		messagingSent.Add(set, n)
	}
}

func finishHTTPClient(set *metric.Set, room []byte) {
	path := set[httpTemplate].Str
	set[httpTemplate].Str = ""
	if c := configured(); c.ClientTemplate && path != "" {
		set[httpTemplate].Str = c.template(room, path)
	}
}

// template returns what stands for a path, as text in room.
func (c *Settings) template(room []byte, path string) string {
	if with, ok := c.Rules.Apply("url.template", path); ok {
		return with
	}
	room = converge.Path(room, path)
	return *(*string)(unsafe.Pointer(&room))
}
