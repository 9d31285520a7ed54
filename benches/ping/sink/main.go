// Where spans are sent to: it counts them, and reads no more of them than that takes.
//
// It prints its address. At the end of its input it prints how many spans have come.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
)

func main() {
	var spans atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	bodies := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	http.HandleFunc("/v1/traces", func(w http.ResponseWriter, r *http.Request) {
		body := bodies.Get().(*bytes.Buffer)
		defer bodies.Put(body)
		body.Reset()
		if _, err := body.ReadFrom(r.Body); err == nil {
			spans.Add(count(body.Bytes(), 1, 2, 2)) // ResourceSpans, their ScopeSpans, their Spans
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	})
	http.HandleFunc("/v1/metrics", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	})
	go http.Serve(listener, nil)
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(spans.Load())
}

// count returns how many fields of this path a protobuf message has.
func count(message []byte, path ...uint64) (n int64) {
	for len(message) > 0 {
		key, size := binary.Uvarint(message)
		if size <= 0 {
			return n
		}
		message = message[size:]
		value, size := binary.Uvarint(message)
		var field []byte
		switch key & 7 {
		case 0:
			message = message[max(size, 1):]
		case 1:
			message = message[8:]
		case 5:
			message = message[4:]
		case 2:
			field, message = message[size:size+int(value)], message[size+int(value):]
		}
		if key>>3 == path[0] && key&7 == 2 {
			if len(path) == 1 {
				n++
			} else {
				n += count(field, path[1:]...)
			}
		}
	}
	return n
}
