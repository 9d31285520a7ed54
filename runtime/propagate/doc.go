// Package propagate reads and writes trace contexts in the headers of a request: those that a
// service receives from its caller, and those that it sends to the next.
//
// A header table is a map from header name to values, as in net/http and in the metadata of gRPC.
// Nothing here returns an error: malformed headers are ignored, as the specifications ask, and cost
// time that is bounded by the length of the header and by the limits of the format. A header that
// may occur once but occurs twice is malformed. Nothing here knows spans; the agent turns a Context
// into one.
//
// Reading takes the first format of the list that yields a valid context, and all data that travels
// beside the ids (baggage, EagleEye's call path and user data). Writing writes every format, unless
// the program has put a context of any of them into the headers itself.
//
// The book's page on propagation describes the formats, among them EagleEye, which has no
// specification; trace ids of 64 bits; and contexts that leave the sampling decision open.
package propagate
