// A client that loads a service: `load ADDRESS CONNECTIONS SECONDS HEADER RATE`, where RATE is requests per second, 0 for as many
// as there can be.
//
// It prints how many requests were answered, in how many seconds, and the 99th percentile of the latency in microseconds. With a rate,
// requests are due one after the other, each goes over whatever connection is free, and its latency counts from the
// moment at which it was due, so that waiting is not left out.
//
// It is one thread that waits for connections and for the time: with goroutines that sleep, Go's scheduler would wait for whole
// milliseconds and then send many requests at once, and the percentile would be its own. Without a rate it asks and asks and
// never sleeps: on the same machine the service would have to wake it, the oftener the slower the service is, and that would be
// counted as the service's time. It collects no garbage. Linux only.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	if len(os.Args) != 6 {
		fail("usage: load ADDRESS CONNECTIONS SECONDS HEADER RATE")
	}
	connections, seconds, rate := number(2), number(3), number(5)
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	// Timers may be this many nanoseconds late; the usual 50 µs are more than an answer takes.
	const setTimerSlack = 29
	_, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
	c := newClient(os.Args[1], connections, os.Args[4], rate)
	c.run(time.Duration(seconds) * time.Second)
	took := time.Since(c.start)
	slices.Sort(c.taken)
	fmt.Println(len(c.taken), took.Seconds(), c.taken[len(c.taken)*99/100].Microseconds())
}

// client sends the requests.
type client struct {
	request []byte
	epoll   int
	rate    int
	start   time.Time
	sent    int
	free    []*conn // that wait for a request
	conns   map[int32]*conn
	taken   []time.Duration
}

type conn struct {
	fd  int
	due time.Duration // of the request under way, since the start
	in  []byte
}

var (
	good   = []byte("HTTP/1.1 200")
	length = []byte("Content-Length: ")
	blank  = []byte("\r\n\r\n")
)

func newClient(address string, connections int, header string, rate int) *client {
	to, err := net.ResolveTCPAddr("tcp4", address)
	check(err)
	c := &client{request: []byte("GET /ping HTTP/1.1\r\nHost: ping.example\r\n" + header + "\r\n\r\n"), rate: rate, conns: map[int32]*conn{}, taken: make([]time.Duration, 0, 1<<20)}
	c.epoll, err = syscall.EpollCreate1(0)
	check(err)
	for range connections {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		check(err)
		check(syscall.Connect(fd, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}))
		check(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		check(syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &event))
		one := &conn{fd: fd, in: make([]byte, 0, 4096)}
		c.conns[int32(fd)] = one
		c.free = append(c.free, one)
	}
	c.start = time.Now()
	return c
}

// run sends requests until it is time, and waits for their answers.
func (c *client) run(end time.Duration) {
	var events [64]syscall.EpollEvent
	for {
		now := time.Since(c.start)
		due := c.send(now, end)
		if due >= end && len(c.free) == len(c.conns) {
			return
		}
		wait := end // for answers alone
		if c.rate == 0 {
			wait = 0
		} else if c.rate > 0 && len(c.free) > 0 && due < end {
			wait = max(due-time.Since(c.start), 0)
		}
		n := c.wait(events[:], wait)
		for i := range events[:n] {
			c.receive(c.conns[events[i].Fd])
		}
	}
}

// send sends what is due, as far as there are connections, and returns when the next request is.
func (c *client) send(now, end time.Duration) time.Duration {
	for {
		due := now
		if c.rate > 0 {
			due = time.Duration(c.sent) * time.Second / time.Duration(c.rate)
		}
		if due > now || due >= end || len(c.free) == 0 {
			return due
		}
		one := c.free[0] // the one that has waited longest: all are used in turn
		c.free = c.free[:copy(c.free, c.free[1:])]
		one.due = due
		n, err := syscall.Write(one.fd, c.request)
		check(err)
		if n != len(c.request) {
			fail("a request that is not written at once")
		}
		c.sent++
	}
}

// wait is epoll_pwait2, which counts nanoseconds.
func (c *client) wait(events []syscall.EpollEvent, atMost time.Duration) int {
	const epollPwait2 = 441
	timeout := syscall.NsecToTimespec(atMost.Nanoseconds())
	n, _, errno := syscall.Syscall6(epollPwait2, uintptr(c.epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(unsafe.Pointer(&timeout)), 0, 0)
	if errno == syscall.EINTR {
		return 0
	}
	if errno != 0 {
		fail(errno.Error())
	}
	return int(n)
}

// receive reads what has come, and notes the answer where it is whole.
func (c *client) receive(one *conn) {
	n, err := syscall.Read(one.fd, one.in[len(one.in):cap(one.in)])
	check(err)
	if n == 0 {
		fail("the service has closed a connection")
	}
	one.in = one.in[:len(one.in)+n]
	head := bytes.Index(one.in, blank)
	if head < 0 {
		return
	}
	if !bytes.HasPrefix(one.in, good) {
		fail(string(one.in))
	}
	_, rest, _ := bytes.Cut(one.in[:head], length)
	digits, _, _ := bytes.Cut(rest, blank[:2])
	size, err := strconv.Atoi(string(digits))
	check(err)
	if len(one.in) < head+len(blank)+size {
		return
	}
	c.taken = append(c.taken, time.Since(c.start)-one.due)
	one.in = one.in[:0]
	c.free = append(c.free, one)
}

func number(at int) int {
	n, err := strconv.Atoi(os.Args[at])
	check(err)
	return n
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
