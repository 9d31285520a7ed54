// Package show is what the programs that speak HTTP share: a way to print what was seen that is the same on every run. It prints to standard output only, and must not know that it may be instrumented,
// but for one thing: the two headers that carry a trace are left out of what it prints.
package show

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"sort"
	"strings"
	"time"

	"example.com/programs/scenario"
)

// Scenario is one run of a program.
type Scenario = scenario.Scenario

var date = regexp.MustCompile(`(?m)^(Date|Last-Modified): .*GMT`)

// Raw sends the bytes to the address and prints all that comes back, until the other side closes.
func Raw(addr, request string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		fmt.Println("dial failed")
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		fmt.Println("write failed")
	}
	got, err := io.ReadAll(conn)
	Text("raw", string(got))
	if err != nil {
		// Whether the kernel reports a reset or an end depends on what was still unread.
		fmt.Println("the connection ended badly")
	}
}

// Text prints a text with its dates masked; a long one by its size and digest.
func Text(label, text string) {
	text = date.ReplaceAllString(text, "$1: masked")
	if len(text) > 4000 {
		fmt.Printf("%s: %d bytes, digest %x, head %q\n", label, len(text), sha256.Sum256([]byte(text)), text[:200])
		return
	}
	fmt.Printf("%s: %q\n", label, text)
}

// Header prints a header set in order of its keys.
func Header(label string, h http.Header) { HeaderTo(os.Stdout, label, h) }

// HeaderTo writes a header set in order of its keys.
func HeaderTo(w io.Writer, label string, h http.Header) {
	keys := make([]string, 0, len(h))
	for key := range h {
		if key != "Traceparent" && key != "Tracestate" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		value := strings.Join(h[key], " | ")
		if key == "Date" || key == "Last-Modified" {
			value = "masked"
		}
		fmt.Fprintf(w, "%s: %s: %s\n", label, key, port.ReplaceAllString(value, "$1:PORT"))
	}
}

// Response prints a response in full and closes it.
func Response(resp *http.Response, err error) {
	if err != nil {
		Error("no response", err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Proto, resp.Status, "length", resp.ContentLength, resp.TransferEncoding, "uncompressed", resp.Uncompressed)
	Header("header", resp.Header)
	Header("announced trailer", resp.Trailer)
	body, err := io.ReadAll(resp.Body)
	Text("body", string(body))
	if err != nil {
		Error("body", err)
	}
	Header("trailer", resp.Trailer)
}

var port = regexp.MustCompile(`(127\.0\.0\.1|\[::1\]|localhost):\d+`)

// Error prints an error, its type and what it wraps.
func Error(label string, err error) {
	fmt.Printf("%s:", label)
	for err != nil {
		fmt.Printf(" [%T] %s;", err, port.ReplaceAllString(err.Error(), "$1:PORT"))
		wrapper, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = wrapper.Unwrap()
	}
	fmt.Println()
}
