package main

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// frameArguments is the end of a line that names a frame.
var frameArguments = regexp.MustCompile(`\([^*]*\)$|\(\.\.\.\)$| in goroutine \d+$`)

// panics are handlers that do not return.
var panics = []handled{
	{name: "panic", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		panic("at the disco")
	}},
	{name: "panic_error", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		panic(errors.New("as an error"))
	}},
	{name: "panic_nil", handler: func(w http.ResponseWriter, r *http.Request) {
		panic(nil)
	}},
	{name: "panic_abort", handler: func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	}},
	{name: "panic_wrapped_abort", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		panic(fmt.Errorf("wrapped: %w", http.ErrAbortHandler))
	}},
	{name: "panic_runtime", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		var nothing map[string]*http.Request
		fmt.Fprintln(w, nothing["none"].URL)
	}},
	{name: "panic_after_write", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "half a")
		w.(http.Flusher).Flush()
		panic("halfway")
	}},
	{name: "panic_deep", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		defer func() { panic("while cleaning up") }()
		descend(5)
	}},
	{name: "panic_again", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		defer func() { panic(recover()) }()
		panic("once more")
	}},
	{name: "panic_recovered", handler: recovering(func(w http.ResponseWriter, r *http.Request) {
		panic("caught")
	})},
	{name: "panic_recovered_late", handler: recovering(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintln(w, "begun")
		panic("caught late")
	})},
	{name: "panic_status", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(42)
	}},
	{name: "panic_no_handler", logs: 1, handler: nil},
	{name: "goexit", handler: func(w http.ResponseWriter, r *http.Request) {
		defer func() { after <- fmt.Sprint("recovered ", recover()) }()
		runtime.Goexit()
	}},
	{name: "recover_outside", handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "nothing to recover:", recover())
	}},
	{name: "callers", handler: func(w http.ResponseWriter, r *http.Request) {
		for _, name := range callers() {
			fmt.Fprintln(w, name)
		}
	}},
	{name: "stack", handler: func(w http.ResponseWriter, r *http.Request) {
		for _, line := range strings.Split(string(debug.Stack()), "\n") {
			if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "goroutine ") {
				fmt.Fprintln(w, frameArguments.ReplaceAllString(line, ""))
			}
		}
	}},
}

func descend(n int) {
	if n == 0 {
		panic("at the bottom")
	}
	descend(n - 1)
}

func recovering(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				http.Error(w, fmt.Sprint("recovered: ", v), http.StatusInternalServerError)
			}
		}()
		next(w, r)
	}
}

// callers names the functions that led here, with their files' lines.
func callers() (names []string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		file := frame.File[strings.LastIndex(frame.File, "/")+1:]
		names = append(names, fmt.Sprintf("%s %s:%d", frame.Function, file, frame.Line))
		if !more {
			return names
		}
	}
}
