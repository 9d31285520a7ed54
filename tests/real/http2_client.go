// Command http2_client asks for each URL by HTTP/2, whatever the certificate, and prints the protocol, the status and the length of
// the body.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	client := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
	for _, url := range os.Args[1:] {
		resp, err := client.Get(url)
		for attempt := 0; err != nil && attempt < 50; attempt++ { // until the server has made its certificate
			time.Sleep(100 * time.Millisecond)
			resp, err = client.Get(url)
		}
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.Proto, resp.StatusCode, len(body))
	}
}
