//go:build go1.22

//go:debug httpmuxgo121=0
package main

import (
	"fmt"
	"net/http"
)

func init() {
	m := http.NewServeMux()
	m.HandleFunc("GET /item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "item", r.PathValue("id")) })
	m.HandleFunc("POST /item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "posted", r.PathValue("id")) })
	m.HandleFunc("/rest/{rest...}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "rest", r.PathValue("rest")) })
	m.HandleFunc("shop.test/hosted/{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hosted") })
	for name, h := range map[string]handled{
		"pattern": {path: "/item/7"}, "pattern_method": {path: "/item/8", method: http.MethodPost},
		"pattern_refused": {path: "/item/9", method: http.MethodDelete}, "pattern_rest": {path: "/rest/a/b%2Fc"},
		"pattern_host": {path: "/hosted/"}, "pattern_none": {path: "/hosted/x"},
	} {
		h.name, h.handler = name, m.ServeHTTP
		extra = append(extra, h)
	}
}
