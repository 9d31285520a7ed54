// Package propagate reads and writes trace contexts in the headers of a
// request: what a service is told by its caller, and what it tells the next.
//
// A header table is a map from header name to values, as in net/http and in
// the metadata of gRPC. Nothing here returns an error: what is malformed is
// ignored, as the specifications ask, and costs time that is bounded by the
// length of the header and by the limits of the format. A header that may be
// there once, and is there twice, is malformed. Nothing here knows spans; the
// agent turns a Context into one.
//
// # Several formats at once
//
// Reading takes the first format of the list that yields a valid context; what
// travels beside the ids (baggage, EagleEye's path of calls and user data) is
// taken as well. The OpenTelemetry specification has a composite propagator call
// its parts in the order in which they are given and leaves open whose result
// stands; official SDKs let the last valid one overwrite the others. With headers
// of one trace, which is all that a sane caller sends, both give the same trace.
// Writing writes every format, unless the program has put a context of any of
// them into the headers itself.
//
// # Formats
//
// tracecontext: W3C Trace Context, headers traceparent and tracestate.
//
// baggage: W3C Baggage, header baggage. It is not read, only carried from the
// request that has come in to those that go out, byte for byte: all of it, or
// nothing where it is longer than the 8192 bytes of the recommendation or has
// bytes that no header may have.
//
// b3, b3multi: Zipkin's B3, in the header b3 (trace-span-sampled-parent) or in
// X-B3-TraceId, X-B3-SpanId, X-B3-Sampled and X-B3-Flags. Both names read both
// forms, the single header first, and write their own. A sampling state without
// ids ("b3: 0") is ignored. Debug is passed on.
//
// jaeger: header uber-trace-id, trace:span:parent:flags, also with its colons
// percent-encoded. The parent is not read, and written as 0, as is usual. Debug is
// passed on. Jaeger's own baggage (uberctx-...) is not carried.
//
// eagleeye: Alibaba's EagleEye, below.
//
// # Ids of other lengths
//
// B3 and Jaeger know trace ids of 64 bits, 16 digits. They are the right half
// of the 16 bytes, the left half is zeros. Back again, an id whose left half is
// zeros is written with 16 digits in these two formats, so that a caller's id
// returns as it was, and services that know 64 bits alone understand it; in W3C
// headers it has 32 digits. Jaeger leaves out leading zeros at times; it reads
// such ids, and writes them in full.
//
// # Sampling that is left open
//
// B3 without a sampling state, and EagleEye without EagleEye-Sampled, leave the
// decision to the receiver: Deferred is set, and the sampler decides as for a
// trace that begins here. Where nobody decides, since contexts are only passed on, these two
// formats leave it open again.
//
// # EagleEye
//
// EagleEye has no official propagator and no specification. What follows is from
// Alibaba Cloud's page "Supported tracing protocols" of ARMS, which lists the
// headers and the form of the trace id; from SOFATracer's page on the generation of
// trace ids, which says that its rules are EagleEye's; and from headers of
// ARMS gateways and agents that public documents show.
//
//	EagleEye-TraceID   ac11000117422788513302623e007d
//	EagleEye-RpcID     0.1.2
//	EagleEye-SpanID    -1207596966212570593
//	EagleEye-Sampled   s1
//	EagleEye-UserData  k1=v1&k2=v2
//
// TraceID: the IPv4 address in 8 hexadecimal digits, the time in milliseconds in 13
// decimal digits, a counter of 4 decimal digits, one hexadecimal letter for who made it, and
// the process id in 4 hexadecimal digits: 30 digits. ARMS puts "ea" before it: 32.
// Older ones, and SOFATracer's, end in a decimal process id instead of letter and
// hexadecimal one: 26 digits and more. All of it are hexadecimal digits: the text is read as
// one number, of at most 16 bytes, with zeros on the left. Back again, the text
// of a trace that has come in with EagleEye headers is what the caller sent; any other
// id is written with 30 digits where its first byte is zero, else with 32.
//
// RpcID: the path of calls from the entry, 0, on: 0.2 is the second call that the
// entry makes, 0.2.1 the first call which that one makes. The two ends of a call
// have the same. A service that was called as 0.2 counts its own calls 0.2.1, 0.2.2
// and so on, in the order in which headers are written; a retry counts again. A
// trace that begins here begins as 0. Paths that would exceed 256 characters do not grow.
//
// SpanID: 64 bits in decimal, with a sign. It is the id of the caller's span, and
// is the 8 bytes of the span id as a number. Where it is missing (EagleEye proper
// has none) the parent's id is made from trace id and RpcID: the same for all who are
// called so. pSpanID, which is the caller's parent, is neither read nor
// written.
//
// Sampled: s0 is no, s1 yes. UserData is carried on as it is, up to 8192 bytes.
//
// The ids are no random numbers: a ratio sampler mixes them first (Structured).
package propagate
