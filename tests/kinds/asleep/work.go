// Package asleep does something that a span is made of, and calls itself over HTTP.
package asleep

import (
	"net/http"
	"net/http/httptest"
)

//goagent:span
func Work() {}

// Headers returns those that come with a request.
func Headers() (headers http.Header, err error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { headers = r.Header }))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err == nil {
		response.Body.Close()
	}
	return headers, err
}
