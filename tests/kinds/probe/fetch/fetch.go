// Package fetch serves itself a request.
package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
)

// Own returns the answer of a server that lives as long as the call.
func Own() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "answer")
	}))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}
