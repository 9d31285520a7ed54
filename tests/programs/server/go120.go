//go:build go1.20

package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

func init() {
	extra = append(extra,
		handled{name: "controller", handler: func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			fmt.Fprintln(w, "read deadline", c.SetReadDeadline(time.Now().Add(time.Minute)))
			fmt.Fprintln(w, "write deadline", c.SetWriteDeadline(time.Now().Add(time.Minute)))
			fmt.Fprintln(w, "flush", c.Flush())
		}},
		handled{name: "controller_hijack", handler: func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				fmt.Fprintln(w, err, errors.Is(err, http.ErrNotSupported))
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, "hijacked through the controller")
		}},
		handled{name: "controller_wrapped", handler: func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(&unwrapping{recorder{ResponseWriter: w}})
			fmt.Fprintln(w, "flush", c.Flush(), c.SetWriteDeadline(time.Time{}))
			c = http.NewResponseController(&recorder{ResponseWriter: w})
			err := c.Flush()
			fmt.Fprintln(w, "flush", err, errors.Is(err, http.ErrNotSupported))
		}},
		handled{name: "write_deadline", handler: func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			_ = c.SetWriteDeadline(time.Now().Add(-time.Second))
			_, err := fmt.Fprintln(w, "not sent")
			err2 := c.Flush()
			after <- fmt.Sprint("write ", err, ", flush fails ", err2 != nil)
		}},
		handled{name: "max_bytes_error", method: http.MethodPost, body: "0123456789", handler: func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 3))
			var tooLarge *http.MaxBytesError
			fmt.Fprintln(w, errors.As(err, &tooLarge))
		}},
	)
}

type unwrapping struct{ recorder }

func (u *unwrapping) Unwrap() http.ResponseWriter { return u.ResponseWriter }
