//go:build go1.21

package main

import (
	"context"
	"fmt"
	"net/http"
)

func init() {
	extra = append(extra,
		handled{name: "full_duplex", method: http.MethodPost, body: "both ways", handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "duplex", http.NewResponseController(w).EnableFullDuplex())
			buffer := make([]byte, 4)
			n, err := r.Body.Read(buffer)
			fmt.Fprintln(w, n > 0, err)
		}},
		handled{name: "context_cause", handler: func(w http.ResponseWriter, r *http.Request) {
			called := make(chan string, 1)
			ctx, cancel := context.WithCancelCause(r.Context())
			stop := context.AfterFunc(ctx, func() { called <- fmt.Sprint("called: ", context.Cause(ctx)) })
			cancel(http.ErrBodyNotAllowed)
			fmt.Fprintln(w, <-called, stop(), context.Cause(r.Context()))
			free := context.WithoutCancel(r.Context())
			fmt.Fprintf(w, "%v %T\n", free.Done() == nil, free.Value(http.ServerContextKey))
		}},
	)
}
