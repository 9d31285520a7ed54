package export

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"goagent/agent"
)

// receivedBlocks is a blockExporter that reads what it is given.
type receivedBlocks struct {
	t         *testing.T
	batchSize int // largest number of spans of a batch
	hold      bool
	starts    map[uint64]int // how often each span came, by its start
	passes    int
}

func (r *receivedBlocks) Export([]*agent.Record, <-chan struct{}) {}
func (r *receivedBlocks) Flush()                                  {}
func (r *receivedBlocks) Dropped(*agent.Record)                   {}

func (r *receivedBlocks) exportPacked(blocks []*block, _ <-chan struct{}) bool {
	n := 0
	for _, b := range blocks {
		n += b.spans
		for rest := b.b; len(rest) > 0; {
			span, _ := lastField(rest[:spanLength(rest)], scopeSpansSpan)
			rest = rest[spanLength(rest):]
			name, _ := lastField(span, spanName)
			if string(name) != "x" {
				r.t.Errorf("a span named %q", name)
			}
			r.starts[fixedField(span, spanStart)]++
		}
	}
	if n > r.batchSize {
		r.t.Errorf("a batch of %d", n)
	}
	r.passes++
	return !r.hold
}

// spanLength returns that of the first field of b, whose length is in two bytes at most.
func spanLength(b []byte) int {
	if b[1] < 0x80 {
		return 2 + int(b[1])
	}
	return 3 + int(b[1]&0x7f) + int(b[2])<<7
}

func fixedField(message []byte, number byte) (v uint64) {
	// Nothing before it has this byte here.
	at := strings.IndexByte(string(message), number<<3|wireFixed64)
	for i := 8; i > 0; i-- {
		v = v<<8 | uint64(message[at+i])
	}
	return v
}

// TestPackedStore has many writers and one reader: nothing is lost or duplicated, dropped spans are
// counted, and batches are bounded.
func TestPackedStore(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const writers, each = 8, 3000
	for _, hold := range []bool{false, true} {
		out := &receivedBlocks{t: t, batchSize: 100, hold: hold, starts: map[uint64]int{}}
		q := newPackedStore(out, Batching{Queue: 370, Batch: out.batchSize})
		if len(q.shards) != 4 {
			t.Errorf("%d shards", len(q.shards))
		}
		for q.nextShard = 1<<31 - 2; q.nextShard < 1<<31+2; { // an int of 32 bits ends there
			_ = q.recentShards.New()
		}
		var refused int64
		var all sync.WaitGroup
		for w := 0; w < writers; w++ {
			all.Add(1)
			go func(w int) {
				defer all.Done()
				for i := 0; i < each; i++ {
					if !q.put(&agent.Record{Name: "x", Start: int64(w*each + i + 1)}) {
						atomic.AddInt64(&refused, 1)
						runtime.Gosched()
					}
				}
			}(w)
		}
		drain := func() {
			for q.take() > 0 {
				q.export(nil)
			}
		}
		stepUntilDone(&all, func() {
			runtime.Gosched()
			drain()
		})
		drain()
		for start, n := range out.starts {
			if n != 1 {
				t.Fatalf("span %d came %d times", start, n)
			}
		}
		if len(out.starts)+int(refused) != writers*each || q.len() != 0 {
			t.Errorf("%d came, %d were refused, %d are left", len(out.starts), refused, q.len())
		}
	}
}

// TestPackedStoreBounds checks that waiting spans are bounded, and that a batch is bounded in
// bytes, too, unless it is a single block.
func TestPackedStoreBounds(t *testing.T) {
	out := &receivedBlocks{t: t, batchSize: 512, starts: map[uint64]int{}}
	q := newPackedStore(out, Batching{Queue: 20, Batch: 512})
	q.maxBytes = 100 << 20 // see TestPackedStoreBytes
	large := &agent.Record{Name: "x", Attrs: []agent.Attr{agent.String("k", strings.Repeat("v", 3<<20))}}
	for i := 0; i < 21; i++ {
		if got := q.put(large); got != (i < 20) {
			t.Fatalf("span %d: %v", i, got)
		}
	}
	for i := 0; i < 10; i++ {
		if q.take() == 0 || len(q.taken) != 2 {
			t.Fatalf("batch %d: %d blocks", i, len(q.taken))
		}
		q.taken = q.taken[:0]
	}
	if q.take() > 0 || q.len() != 0 {
		t.Errorf("%d left", q.len())
	}
}

// TestRequestBodyIsReadToItsEnd has an endpoint that answers before it has read everything:
// net/http goes on reading the body, which must not be written to meanwhile.
func TestRequestBodyIsReadToItsEnd(t *testing.T) {
	o := NewOTLP(quickConfig("http://127.0.0.1:1"))
	var late *http.Request
	o.client.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		late = r
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	b := &block{buffer: buffer{[]byte("abc")}, spans: 1}
	if o.exportPacked([]*block{b}, make(chan struct{})) {
		t.Error("somebody reads it still, and it is free")
	}
	first := o.emptyBody()
	if first == late.Body.(*bodyReader).body {
		t.Error("it is used again")
	}
	o.client.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		_ = r.Body.Close() // a second call has no effect
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	if !o.exportPacked([]*block{b}, make(chan struct{})) || o.reusableBody != first || first.size != 0 || first.parts[:2][1] != nil {
		t.Error("nobody reads it any more, and it is not free")
	}
}

// TestBodyIsWrittenUncopied checks that a large block is written in one call.
func TestBodyIsWrittenUncopied(t *testing.T) {
	e := newEndpoint(t)
	o := NewOTLP(quickConfig(e.URL))
	var largest int64
	dial := o.dialer.dialer
	o.client.Transport.(*http.Transport).DialContext = nil
	o.client.Transport.(*http.Transport).Dial = func(network, address string) (net.Conn, error) {
		c, err := dial.Dial(network, address)
		return &silentConn{Conn: &countedWrites{c, &largest}, dialer: &o.dialer}, err
	}
	b := &block{spans: 1}
	b.add(&agent.Record{Attrs: []agent.Attr{agent.String("k", strings.Repeat("v", 100<<10))}})
	o.exportPacked([]*block{b, b}, make(chan struct{}))
	check(t, o.Sent(), o.Failed(), uint64(2*b.spans), 0)
	if n := atomic.LoadInt64(&largest); n != int64(len(b.b)) {
		t.Errorf("writes of %d bytes, the block has %d", n, len(b.b))
	}
}

// TestBodyIsWrittenInOneCall checks that the rest of all parts goes to a connection of the system
// in one call, whatever was read before. A packet socket distinguishes one call from several.
func TestBodyIsWrittenInOneCall(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no unixpacket everywhere")
	}
	listener, err := net.Listen("unixpacket", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for read := 0; read < 9; read++ {
		p := new(requestBody)
		for _, part := range []string{"abc", "", "d", "efghi"} {
			p.add([]byte(part))
		}
		conn, err := net.Dial("unixpacket", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		body := p.reader()
		if _, err := io.ReadFull(body, make([]byte, read)); err != nil {
			t.Fatal(err)
		}
		n, err := (&silentConn{Conn: conn, dialer: new(silentDialer)}).ReadFrom(&io.LimitedReader{R: body, N: p.size})
		if n != int64(9-read) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if rest, err := io.ReadAll(body); len(rest) > 0 || err != nil {
			t.Errorf("%q, %v is left", rest, err)
		}
		other, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		packet := make([]byte, 99)
		got, err := other.Read(packet)
		if want := "abcdefghi"[read:]; string(packet[:got]) != want || err != nil {
			t.Errorf("%q, %v, want %q", packet[:got], err, want)
		}
		if string(p.parts[0]) != "abc" || string(p.parts[3]) != "efghi" {
			t.Error("the parts themselves have changed: a second attempt would send others")
		}
		_ = conn.Close()
		_ = other.Close()
	}
}

type countedWrites struct {
	net.Conn
	largest *int64
}

func (w *countedWrites) Write(b []byte) (int, error) {
	if n := int64(len(b)); n > atomic.LoadInt64(w.largest) {
		atomic.StoreInt64(w.largest, n)
	}
	return w.Conn.Write(b)
}

// TestASCII tries every length and every position of the byte.
func TestASCII(t *testing.T) {
	for n := 0; n < 40; n++ {
		b := []byte(strings.Repeat("a", n))
		if !isASCII(string(b)) {
			t.Errorf("%d bytes", n)
		}
		for i := range b {
			b[i] = 0x80
			if isASCII(string(b)) || !utf8.ValidString(validUTF8(string(b))) {
				t.Errorf("byte %d of %d", i, n)
			}
			b[i] = 'a'
		}
	}
}

// TestPackedStoreIsDue checks that a partial block of every shard is sent when its time has come.
func TestPackedStoreIsDue(t *testing.T) {
	e := newEndpoint(t)
	o := NewOTLP(quickConfig(e.URL))
	p := NewPipeline(o, Batching{Delay: time.Millisecond})
	enable(t, p.Ended)
	for i := 1; i < 4; i++ {
		spans("s", 1)
		eventually(func() bool { return o.Sent() == uint64(i) })
	}
}

// TestBlockPool checks that a block of the arena comes back as it was, whatever happened to it;
// others do as well.
func TestBlockPool(t *testing.T) {
	s := newBlockPool(new(blockArena))
	n := len(s.idle)
	var all []*block
	for i := 0; i < n+2; i++ {
		b := s.get()
		if len(b.b) != 0 || b.spans != 0 || cap(b.b) < blockSize || (b.arena == nil) != (i >= n) {
			t.Fatalf("block %d: %d bytes, %d spans, room for %d", i, len(b.b), b.spans, cap(b.b))
		}
		b.b = append(b.b, make([]byte, 2*blockSize)...)
		b.spans = 1
		all = append(all, b)
	}
	for _, b := range all {
		s.put(b)
	}
	if len(s.idle) != n {
		t.Errorf("%d of %d have come back", len(s.idle), n)
	}
	if b := s.get(); len(b.b) != 0 || b.spans != 0 || &b.b[:1][0] != &b.arena[:1][0] {
		t.Error("it has not gone home")
	}
}

// discardingExporter accepts everything.
type discardingExporter struct{ receivedBlocks }

func (discardingExporter) exportPacked([]*block, <-chan struct{}) bool { return true }

// TestPackedStoreBytes checks that waiting spans are bounded in bytes, too, and that there is room
// again once some of them are sent.
func TestPackedStoreBytes(t *testing.T) {
	q := newPackedStore(discardingExporter{}, Batching{Queue: 1000, Batch: 512})
	huge := strings.Repeat("x", 100<<10)
	fill := func() (taken int) {
		for q.put(&agent.Record{Name: huge}) {
			taken++
		}
		return taken
	}
	want := int(q.maxBytes)/len(huge) + 1 + len(q.shards)
	if n := fill(); n > want || n < want-2*len(q.shards)-1 {
		t.Errorf("%d spans of %d bytes wait, about %d should", n, len(huge), want)
	}
	for q.take() > 0 {
		q.export(nil)
	}
	if q.len() != 0 || atomic.LoadInt64(&q.bytes) != 0 {
		t.Errorf("%d spans, %d bytes", q.len(), q.bytes)
	}
	if n := fill(); n < want-2*len(q.shards)-1 {
		t.Errorf("%d spans find room afterwards", n)
	}
}
