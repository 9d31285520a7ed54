// Calls without an answer: nobody listens, the connection is closed, the caller
// gives up.
//
//gorule:metrics
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

func main() {
	listener := listen()
	address := listener.Addr().String()
	listener.Close()
	call(context.Background(), address, "/refused")

	closing := listen()
	defer closing.Close()
	go func() {
		for {
			connection, err := closing.Accept()
			if err != nil {
				return
			}
			connection.Read(make([]byte, 4096))
			connection.Close()
		}
	}()
	call(context.Background(), closing.Addr().String(), "/closed")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	call(ctx, closing.Addr().String(), "/canceled")
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return listener
}

func call(ctx context.Context, address, path string) {
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+address+path, nil)
	if err != nil {
		panic(err)
	}
	_, err = http.DefaultClient.Do(request)
	fmt.Println(path, err)
}
