package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"
)

// writers are handlers that ask what else the ResponseWriter can do.
var writers = []handled{
	{name: "assertions", handler: func(w http.ResponseWriter, r *http.Request) {
		for _, line := range abilities(w) {
			fmt.Fprintln(w, line)
		}
		fmt.Fprintf(w, "body %T\n", r.Body)
	}},
	{name: "flush", handler: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "one ")
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "two ")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Late", "lost")
		fmt.Fprint(w, "three")
	}},
	{name: "flush_first", handler: func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
	}},
	{name: "hijack", handler: func(w http.ResponseWriter, r *http.Request) {
		hijacker, ok := w.(http.Hijacker)
		if !ok {
			http.Error(w, "not possible", http.StatusNotImplemented)
			return
		}
		conn, buffered, err := hijacker.Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		fmt.Fprint(buffered, "anything but HTTP\r\n")
		_ = buffered.Flush()
		_, err = fmt.Fprint(w, "too late")
		after <- fmt.Sprint(err, " ", err == http.ErrHijacked)
	}},
	{name: "hijack_outlives", handler: func(w http.ResponseWriter, r *http.Request) {
		hijacker, ok := w.(http.Hijacker)
		if !ok {
			return
		}
		conn, _, err := hijacker.Hijack()
		if err != nil {
			panic(err)
		}
		go func() {
			time.Sleep(20 * time.Millisecond)
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\nlater")
			conn.Close()
		}()
	}},
	{name: "hijack_panic", logs: 1, handler: func(w http.ResponseWriter, r *http.Request) {
		if hijacker, ok := w.(http.Hijacker); ok {
			conn, _, err := hijacker.Hijack()
			if err != nil {
				panic(err)
			}
			conn.Close()
		}
		panic("after hijack")
	}},
	{name: "reader_from_file", handler: func(w http.ResponseWriter, r *http.Request) {
		file := temporary(strings.Repeat("from a file\n", 10000))
		defer file.Close()
		n, err := io.Copy(w, file)
		after <- fmt.Sprint("copied ", n, " ", err)
	}},
	{name: "reader_from_limited", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Header().Set("Content-Type", "application/octet-stream")
		file := temporary(strings.Repeat("z", 1000))
		defer file.Close()
		if from, ok := w.(io.ReaderFrom); ok {
			n, err := from.ReadFrom(io.LimitReader(file, 100))
			after <- fmt.Sprint("read from ", n, " ", err)
			return
		}
		n, err := io.CopyN(w, file, 100)
		after <- fmt.Sprint("copied ", n, " ", err)
	}},
	{name: "reader_from_head", method: http.MethodHead, handler: func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, strings.NewReader("not sent"))
		after <- fmt.Sprint("copied ", n, " ", err)
	}},
	{name: "string_writer", handler: func(w http.ResponseWriter, r *http.Request) {
		n, err := w.(io.StringWriter).WriteString("a string")
		after <- fmt.Sprint("wrote ", n, " ", err)
	}},
	{name: "push", handler: func(w http.ResponseWriter, r *http.Request) {
		pusher, ok := w.(http.Pusher)
		if !ok {
			fmt.Fprintln(w, "no pusher")
			return
		}
		fmt.Fprintln(w, "push:", pusher.Push("/style.css", nil))
	}},
	{name: "close_notify", handler: func(w http.ResponseWriter, r *http.Request) {
		//lint:ignore SA1019 programs still use it
		gone := w.(http.CloseNotifier).CloseNotify()
		select {
		case <-gone:
			fmt.Fprintln(w, "gone")
		default:
			fmt.Fprintln(w, "still here")
		}
	}},
	{name: "wrapped", handler: func(w http.ResponseWriter, r *http.Request) {
		recorder := &recorder{ResponseWriter: w}
		http.NotFound(recorder, r)
		for _, line := range abilities(recorder) {
			fmt.Fprintln(recorder, line)
		}
		after <- fmt.Sprint("recorded ", recorder.status)
	}},
	{name: "buffered", handler: func(w http.ResponseWriter, r *http.Request) {
		b := bufio.NewWriterSize(w, 64)
		for i := 0; i < 100; i++ {
			fmt.Fprintln(b, i)
		}
		after <- fmt.Sprint(b.Flush())
	}},
	{name: "http.Error", handler: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		w.Header().Set("Etag", "gone or not, by version")
		http.Error(w, "a message", http.StatusGone)
	}},
}

// recorder is the wrapper that half of all middleware has.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// abilities lists what a ResponseWriter is and what it implements.
func abilities(w http.ResponseWriter) (lines []string) {
	_, flusher := w.(http.Flusher)
	_, hijacker := w.(http.Hijacker)
	_, pusher := w.(http.Pusher)
	//lint:ignore SA1019 programs still use it
	_, notifier := w.(http.CloseNotifier)
	_, readerFrom := w.(io.ReaderFrom)
	_, stringWriter := w.(io.StringWriter)
	_, unwrapper := w.(interface{ Unwrap() http.ResponseWriter })
	_, flushError := w.(interface{ FlushError() error })
	_, readDeadline := w.(interface{ SetReadDeadline(time.Time) error })
	_, writeDeadline := w.(interface{ SetWriteDeadline(time.Time) error })
	_, fullDuplex := w.(interface{ EnableFullDuplex() error })
	_, conn := w.(net.Conn)
	lines = append(lines, fmt.Sprintf("%T", w),
		fmt.Sprint(flusher, hijacker, pusher, notifier, readerFrom, stringWriter, unwrapper, flushError,
			readDeadline, writeDeadline, fullDuplex, conn))
	t := reflect.TypeOf(w)
	for i := 0; i < t.NumMethod(); i++ {
		lines = append(lines, t.Method(i).Name+" "+t.Method(i).Type.String())
	}
	return lines
}

func temporary(text string) *os.File {
	file, err := os.CreateTemp("", "goagent-behaviour")
	if err != nil {
		panic(err)
	}
	_ = os.Remove(file.Name())
	if _, err := file.WriteString(text); err != nil {
		panic(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		panic(err)
	}
	return file
}
