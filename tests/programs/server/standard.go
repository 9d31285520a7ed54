package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"time"
)

// standard are the handlers that net/http itself brings.
var standard = []handled{
	{name: "mux", path: "/tree/leaf", handler: mux().ServeHTTP},
	{name: "mux_exact", path: "/exact", handler: mux().ServeHTTP},
	{name: "mux_redirect", path: "/tree", handler: mux().ServeHTTP},
	{name: "mux_clean", path: "/tree/../exact", handler: mux().ServeHTTP},
	{name: "mux_none", path: "/none", handler: mux().ServeHTTP},
	{name: "mux_nested", path: "/outer/inner/x", handler: mux().ServeHTTP},
	{name: "strip_prefix", path: "/api/v1/x?q=1", handler: http.StripPrefix("/api", http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, r.URL, r.RequestURI) })).ServeHTTP},
	{name: "timeout_in_time", handler: http.TimeoutHandler(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			_, hasDeadline := r.Context().Deadline()
			w.Header().Set("X-Handler", "in time")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, "%T %v\n", w, hasDeadline)
			for _, line := range abilities(w) {
				fmt.Fprintln(w, line)
			}
		}), 20*time.Second, "too slow").ServeHTTP},
	{name: "timeout", handler: http.TimeoutHandler(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			pending.Add(1)
			defer pending.Done()
			<-r.Context().Done()
			time.Sleep(50 * time.Millisecond) // until the time-out has been answered
			_, err := fmt.Fprintln(w, "lost")
			after <- fmt.Sprint(r.Context().Err(), " ", err)
		}), 30*time.Millisecond, "too slow").ServeHTTP},
	{name: "timeout_panic", logs: 1, handler: http.TimeoutHandler(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { panic("inside of a timeout") }), 20*time.Second, "").ServeHTTP},
	{name: "redirect", path: "/old/", handler: http.RedirectHandler("../new", http.StatusMovedPermanently).ServeHTTP},
	{name: "files", path: "/", handler: http.FileServer(files{}).ServeHTTP},
	{name: "file_index", path: "/index.html", handler: http.FileServer(files{}).ServeHTTP},
	{name: "range", header: http.Header{"Range": {"bytes=2-5"}}, handler: content},
	{name: "ranges", header: http.Header{"Range": {"bytes=9999-"}}, handler: content},
	{name: "if_modified", header: http.Header{"If-Modified-Since": {"Sat, 01 Jan 2022 00:00:00 GMT"}}, handler: content},
	{name: "max_bytes", method: http.MethodPost, body: strings.Repeat("x", 1000), handler: func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
		http.Error(w, fmt.Sprint(len(body), err), http.StatusRequestEntityTooLarge)
	}},
	{name: "proxy", path: "/through?x=1", header: http.Header{"X-Forwarded-For": {"10.0.0.1"}, "Te": {"trailers"}},
		handler: proxied(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-End")
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprintln(w, r.Method, r.URL, r.Header.Get("X-Forwarded-For"), r.Header.Get("Te"))
			w.Header().Set("X-End", "behind")
		})},
	{name: "proxy_post", method: http.MethodPost, body: strings.Repeat("through ", 2000),
		handler: proxied(func(w http.ResponseWriter, r *http.Request) {
			// How the body is cut into chunks on its way is not the same on every run.
			n, err := io.Copy(io.Discard, r.Body)
			w.Header().Set(http.TrailerPrefix+"X-Copied", fmt.Sprint(n, " ", err))
		})},
	{name: "proxy_aborted", handler: proxied(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "part")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})},
	{name: "proxy_upgrade", header: http.Header{"Upgrade": {"odd"}}, handler: proxied(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Header.Get("Upgrade"), r.Header.Get("Connection"))
	})},
	{name: "proxy_refused", handler: func(w http.ResponseWriter, r *http.Request) {
		reverseProxy("http://127.0.0.1:1").ServeHTTP(w, r)
	}},
}

func mux() *http.ServeMux {
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, text, r.URL.Path) }
	}
	inner := http.NewServeMux()
	inner.Handle("/inner/", say("inner"))
	m := http.NewServeMux()
	m.Handle("/tree/", say("tree"))
	m.Handle("/exact", say("exact"))
	m.Handle("/outer/", http.StripPrefix("/outer", inner))
	return m
}

func content(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "x.txt", time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), strings.NewReader("0123456789"))
}

// proxied is a reverse proxy in front of the handler.
func proxied(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		behind := httptest.NewServer(handler)
		defer behind.Close()
		reverseProxy(behind.URL).ServeHTTP(w, r)
	}
}

func reverseProxy(target string) *httputil.ReverseProxy {
	u, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorLog = log.New(os.Stderr, "proxy: ", 0)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	return proxy
}

// files is a file system of one file.
type files struct{}

func (files) Open(name string) (http.File, error) {
	if name != "/" && name != "/index.html" {
		return nil, os.ErrNotExist
	}
	return &file{Reader: strings.NewReader("<p>index</p>"), dir: name == "/"}, nil
}

type file struct {
	*strings.Reader
	dir bool
}

func (f *file) Close() error                       { return nil }
func (f *file) Readdir(int) ([]os.FileInfo, error) { return nil, io.EOF }
func (f *file) Stat() (os.FileInfo, error)         { return f, nil }
func (f *file) Name() string                       { return "index.html" }
func (f *file) Mode() os.FileMode                  { return 0o644 }
func (f *file) ModTime() time.Time                 { return time.Unix(1600000000, 0) }
func (f *file) IsDir() bool                        { return f.dir }
func (f *file) Sys() interface{}                   { return nil }
