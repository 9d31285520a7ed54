package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// answers are handlers that return early, late, twice or not at all.
var answers = []handled{
	{name: "nothing", handler: func(http.ResponseWriter, *http.Request) {}},
	{name: "early", handler: func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, "come in")
	}},
	{name: "implicit", handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello")
	}},
	{name: "late_header", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", "yes")
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-Late", "lost")
		fmt.Fprintln(w, "made")
		w.Header().Set("X-Later", "lost")
	}},
	{name: "header_changed", handler: func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["x-odd"] = []string{"kept as it is"}
		h.Add("X-Many", "1")
		h.Add("X-Many", "2")
		h["Date"] = nil
		h.Set("Content-Type", "")
		fmt.Fprint(w, "<html>")
	}},
	{name: "status_twice", handler: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintln(w, "accepted")
	}},
	{name: "status_late", handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "two hundred")
		http.Error(w, "too late", http.StatusInternalServerError)
	}},
	{name: "no_body_allowed", handler: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		n, err := io.WriteString(w, "body")
		after <- fmt.Sprint("wrote ", n, " ", err, " ", errors.Is(err, http.ErrBodyNotAllowed))
	}},
	{name: "not_modified", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	}},
	{name: "too_long", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		n, err := io.WriteString(w, "longer")
		after <- fmt.Sprint("wrote ", n, " ", err)
	}},
	{name: "head", method: http.MethodHead, handler: func(w http.ResponseWriter, r *http.Request) {
		n, err := io.WriteString(w, "not sent")
		after <- fmt.Sprint("wrote ", n, " ", err)
	}},
	{name: "head_length", method: http.MethodHead, handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
	}},
	{name: "large", handler: func(w http.ResponseWriter, r *http.Request) {
		line := strings.Repeat("0123456789abcdef", 64)
		for i := 0; i < 2048; i++ {
			fmt.Fprintln(w, i, line)
		}
	}},
	{name: "large_with_length", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<20))
		_, err := w.Write(make([]byte, 1<<20))
		after <- fmt.Sprint(err)
	}},
	{name: "echo", method: http.MethodPost, body: strings.Repeat("body ", 5000), handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Method, r.URL, r.Proto, r.ContentLength, r.TransferEncoding)
		n, err := io.Copy(w, r.Body)
		after <- fmt.Sprint("copied ", n, " ", err)
		n, err = io.Copy(w, r.Body)
		after <- fmt.Sprint("copied ", n, " ", err)
	}},
	{name: "body_unread", method: http.MethodPost, body: strings.Repeat("x", 100), handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "not interested")
	}},
	{name: "unknown_method", method: "BREW", handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Method)
	}},
	{name: "form", method: http.MethodPost, path: "/?a=1&b=2;c", body: "a=3&d=4",
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		handler: func(w http.ResponseWriter, r *http.Request) {
			err := r.ParseForm()
			fmt.Fprintln(w, r.Form, r.PostForm, err, r.RequestURI)
		}},
	{name: "trailers", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "body")
		w.Header().Set("X-Sum", "4")
		w.Header().Set(http.TrailerPrefix+"X-Unannounced", "5")
	}},
	{name: "early_hints", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		w.Header().Del("Link")
		fmt.Fprintln(w, "and now the page")
	}},
	{name: "returns_error", handler: reporting(func(w http.ResponseWriter, r *http.Request) error {
		return errors.New("unnamed result")
	})},
	{name: "returns_named", handler: reporting(func(w http.ResponseWriter, r *http.Request) (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("recovered %v", v)
			}
		}()
		panic("named result")
	})},
	{name: "basic_auth", header: http.Header{"Authorization": {"Basic dXNlcjpwYXNz"}, "Cookie": {"a=b; c=d"}},
		handler: func(w http.ResponseWriter, r *http.Request) {
			user, password, ok := r.BasicAuth()
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", HttpOnly: true})
			fmt.Fprintln(w, user, password, ok, r.Cookies(), r.UserAgent(), r.Referer())
		}},
	{name: "trace_headers", header: http.Header{
		"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"a=1"}, "Baggage": {"k=v"}},
		handler: func(w http.ResponseWriter, r *http.Request) {
			// A client of this very process puts its own span there; sent byte by byte it is seen as it was sent.
			if r.ProtoMajor == 1 {
				fmt.Fprintln(w, r.Header.Get("Traceparent"), r.Header.Get("Tracestate"))
			}
			fmt.Fprintln(w, r.Header.Get("Baggage"))
		}},
	{name: "hostile_trace_headers", header: http.Header{
		"Traceparent": {"00-zz", strings.Repeat("0", 5000)}, "Tracestate": {strings.Repeat(",", 5000)}},
		handler: func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor == 1 {
				fmt.Fprintln(w, len(r.Header["Traceparent"]), len(r.Header.Get("Tracestate")))
			}
		}},
}

// reporting makes a handler of a function with a result.
func reporting(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
		}
	}
}
