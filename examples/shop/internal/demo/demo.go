// Package demo plays a customer.
package demo

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Run sends a few requests to the shop, one after the other, and prints what came back.
func Run(shopURL string, out io.Writer) error {
	client := &http.Client{Timeout: 10 * time.Second}
	for _, call := range []struct{ method, path, body string }{
		{http.MethodGet, "/order/cup-1", ""},
		{http.MethodPost, "/order", `{"sku":"teapot","count":1}`},
		{http.MethodPost, "/order", `{"sku":"teapot","count":1}`},
		{http.MethodGet, "/order/broken-2", ""},
		{http.MethodGet, "/nowhere", ""},
	} {
		req, err := http.NewRequest(call.method, shopURL+call.path, strings.NewReader(call.body))
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %s: %d %s\n", call.method, call.path, resp.StatusCode, strings.TrimSpace(string(body)))
	}
	client.CloseIdleConnections()
	return nil
}
