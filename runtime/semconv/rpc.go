package semconv

import (
	"context"
	"strconv"
	"strings"

	"goagent/agent"
	"goagent/metric"
)

// RPCCall is what one side knows about a call. Empty means unknown.
type RPCCall struct {
	System string // rpc.system.name: "grpc", "dubbo", "kitex", "connectrpc", "jsonrpc"
	Method string // including its service: "pkg.Service/Method"
	// Unknown means that this server has no such method: Method is what a client has sent. It
	// is in neither the name of the span nor the measurements.
	Unknown bool
	Host    string // the server, with or without a port
	Port    int    // used if Host has none
	Peer    string // the other side, "address:port"
	Headers map[string][]string
}

// StartRPCServer starts the span of an incoming call, whose headers name the parent, and makes it
// current.
func StartRPCServer(c RPCCall) agent.Span {
	name, host, port := rpcNames(&c)
	if strings.HasPrefix(c.Method, collectorService) {
		if s := agent.StartSilentServer(c.Headers); s != (agent.Span{}) {
			return s
		}
	}
	s := agent.StartServer(name, c.Headers)
	if set := s.Measure(rpcServer, nil); set != nil {
		set[rpcSystem].Str = c.System
		set[rpcMethod].Str = c.Method
		set[rpcAddress].Str = host
		set[rpcPort].Num = int64(port)
	}
	setRPC(s, &c, host, port)
	return s
}

// StartRPCClient starts the span of an outgoing call and makes it current. It does not use the
// headers: agent.InjectHeader writes them.
func StartRPCClient(ctx context.Context, c RPCCall) agent.Span {
	name, host, port := rpcNames(&c)
	if strings.HasPrefix(c.Method, collectorService) {
		if s := agent.StartSilent(); s != (agent.Span{}) {
			return s
		}
	}
	s := agent.StartClient(ctx, name)
	if set := s.Measure(rpcClient, nil); set != nil {
		set[rpcSystem].Str = c.System
		set[rpcMethod].Str = c.Method
		set[rpcAddress].Str = host
		set[rpcPort].Num = int64(port)
	}
	setRPC(s, &c, host, port)
	return s
}

// rpcNames returns the span's name and the server's host and port.
func rpcNames(c *RPCCall) (name, host string, port int) {
	host, port = hostAndPort(c.Host, c.Port)
	if len(c.Method) > 0 && c.Method[0] == '/' {
		c.Method = c.Method[1:] // gRPC's form
	}
	name = firstNonEmpty(c.Method, firstNonEmpty(c.System, "rpc"))
	if c.Unknown {
		name = firstNonEmpty(c.System, "rpc")
	}
	return name, host, port
}

func setRPC(s agent.Span, c *RPCCall, host string, port int) {
	original := ""
	if c.Unknown {
		original, c.Method = c.Method, "_OTHER"
		s.SetMeasured(rpcMethod, metric.Value{Str: "_OTHER"})
	}
	a := s.Fresh()
	if a == nil {
		return
	}
	addText(a, "rpc.system.name", c.System)
	addText(a, "rpc.method", truncate(c.Method))
	addText(a, "rpc.method_original", truncate(original))
	addAddress(a, "server.address", truncate(host), "server.port", port)
	peer, peerPort := splitHost(c.Peer)
	addAddress(a, "network.peer.address", peer, "network.peer.port", peerPort)
}

// EndRPC ends the span, as agent.Span.End does. status is the system's own word for the result,
// "OK" or "14"; failure, if not empty, is error.type.
func EndRPC(s agent.Span, status, failure string) {
	o := agent.Outcome{Error: failure}
	if status != "" {
		o.Attr = agent.String("rpc.response.status_code", status)
		o.Slot, o.Value.Str = rpcStatus, status
	}
	s.EndWith(&o)
}

var grpcCodes = [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
	"UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}

// EndGRPC is EndRPC with a status code of gRPC. For a client every status but OK is an error, for a
// server only those that are its own fault.
func EndGRPC(s agent.Span, code uint32, server bool) {
	name := ""
	if code < uint32(len(grpcCodes)) { // an int of 32 bits would be negative
		name = grpcCodes[code]
	} else {
		name = strconv.FormatUint(uint64(code), 10)
	}
	failure := ""
	switch code {
	case 0:
	case 1, 3, 5, 6, 7, 8, 9, 10, 11, 16:
		if !server {
			failure = name
		}
	default:
		failure = name
	}
	EndRPC(s, name, failure)
}
