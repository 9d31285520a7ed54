package semconv

import (
	"context"
	"strconv"
	"strings"

	"goagent/agent"
	"goagent/metric"
)

// RPCCall is what one side knows of a call. Empty means not known.
type RPCCall struct {
	System string // rpc.system.name: "grpc", "dubbo", "kitex", "connectrpc", "jsonrpc"
	Method string // with its service: "pkg.Service/Method"
	// Unknown says that this server has no such method: Method is what somebody has
	// sent. The name of the span and what is measured do not have it.
	Unknown bool
	Host    string // the server, with or without a port
	Port    int    // where Host has none
	Peer    string // the other side, "address:port"
	Headers map[string][]string
}

// StartRPCServer starts the span of a call that has come in, by what its headers
// say, and makes it current.
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

// StartRPCClient starts the span of a call that goes out and makes it current.
// Headers are not looked at: agent.InjectHeader writes them.
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

// rpcNames returns the span's name and the server.
func rpcNames(c *RPCCall) (name, host string, port int) {
	host, port = hostAndPort(c.Host, c.Port)
	if len(c.Method) > 0 && c.Method[0] == '/' {
		c.Method = c.Method[1:] // as gRPC writes it
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

// EndRPC leaves and ends the span. status is the system's own word for how it went,
// "OK" or "14"; failure, where not empty, is error.type.
func EndRPC(s agent.Span, status, failure string) {
	o := agent.Outcome{Error: failure}
	if status != "" {
		o.Attr = agent.String("rpc.response.status_code", status)
		o.Slot, o.Value.Str = rpcStatus, status
	}
	s.Leave()
	s.EndWith(&o)
}

var grpcCodes = [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
	"UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}

// EndGRPC is EndRPC with a status code of gRPC. For a client all but OK is an error,
// for a server only what is its own fault.
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
