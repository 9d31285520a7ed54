// A connection that begins with HTTP/1 and is upgraded to h2c: the request that upgrades is one
// request and has one span, with the status that its stream has answered with. What comes in on
// other streams is not below it.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"golang.org/x/net/http2/hpack"
)

func main() {
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer inner.Close()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, _ := http.NewRequestWithContext(r.Context(), "GET", inner.URL+"/inner"+r.URL.Path, nil)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
		w.WriteHeader(http.StatusAccepted)
	})
	left := make(chan bool)
	upgraded := h2c.NewHandler(handler, &http2.Server{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgraded.ServeHTTP(w, r)
		close(left)
	}))
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	fmt.Fprint(connection, "GET /first HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade, HTTP2-Settings\r\n"+
		"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"+
		"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n")
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode, response.Header.Get("Upgrade"))
	framer := http2.NewFramer(connection, reader)
	fmt.Fprint(connection, http2.ClientPreface)
	check(framer.WriteSettings())
	decoder := hpack.NewDecoder(4096, nil)
	await(framer, decoder, 1)
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for stream := uint32(3); stream <= 5; stream += 2 {
		block.Reset()
		fields := []string{":method", "GET", ":scheme", "http", ":authority", "example.com", ":path", fmt.Sprint("/stream", stream)}
		if stream == 5 {
			fields = append(fields, "traceparent", "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203332-01")
		}
		for i := 0; i < len(fields); i += 2 {
			check(encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}))
		}
		check(framer.WriteHeaders(http2.HeadersFrameParam{
			StreamID: stream, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true,
		}))
		await(framer, decoder, stream)
	}
	connection.Close()
	<-left
}

// await reads until a stream has answered, and prints its status.
func await(framer *http2.Framer, decoder *hpack.Decoder, stream uint32) {
	for {
		frame, err := framer.ReadFrame()
		check(err)
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				check(framer.WriteSettingsAck())
			}
		case *http2.HeadersFrame:
			fields, err := decoder.DecodeFull(frame.HeaderBlockFragment())
			check(err)
			fmt.Println("stream", frame.StreamID, fields[0].Value)
		}
		if header := frame.Header(); header.StreamID == stream && header.Flags.Has(http2.FlagDataEndStream) {
			return
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
