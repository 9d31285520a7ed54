package export

import (
	"runtime"
	"sync"
	"sync/atomic"

	"goagent/agent"
)

// packed holds spans that are encoded as they end, by the goroutine that ends them: what was just written to is
// encoded while it is near, its record is used again at once, and what waits is bytes, of which the garbage collector looks
// at none. When a batch is due all that is left to do is to send it.
//
// Each processor has a block of its own to write to, as a rule. Blocks are bounded, so that no writer
// copies a large one to a larger one, and the goroutine that sends lets others run between two of them.
type packedStore struct {
	bytes         int64 // of the blocks that are full; atomic; first, for 32-bit processors
	maxBytes      int64 // the most that they may have
	count         int32 // spans that wait, those that are being put included; atomic
	limit         int32
	batchSize     int // spans of a batch
	spansPerBlock int // spans of a block
	exporter      blockExporter
	shards        []shard
	nextShard     uint32    // the shard for the next processor; atomic
	recentShards  sync.Pool // of *shard: the one that this processor has written to last

	mu    sync.Mutex
	full  []*block // guarded by mu
	taken []*block // by the goroutine that exports
}

// packer is an exporter of spans that are encoded.
type blockExporter interface {
	// exportPacked reports whether the blocks are nobody's any more.
	exportPacked(blocks []*block, hurry <-chan struct{}) (free bool)
}

// block is spans, each as a field of a message ScopeSpans.
type block struct {
	buffer
	spans int
	arena []byte // its place in the stock; nil: it has none
}

// shard is a block that is being written to.
type shard struct {
	mu    sync.Mutex
	block *block // nil: there is none yet
	_     [48]byte
}

// Bounds of blocks and of what they are in.
const (
	blockSize     = 32 << 10 // bytes
	blockFullAt   = blockSize - 2<<10
	maxKeptBlock  = 4 * blockSize // a larger one is not kept for the next spans
	maxBlockSpans = 64
	maxBody       = 8 << 20 // collectors refuse what is much larger
	maxShards     = 16
	bytesPerSpan  = 16 << 10 // bytes for each span that may wait: what clients send makes spans large
)

// stock is blocks that nobody uses.
type blockPool struct {
	mu       sync.Mutex
	idle     []*block  // those that have a home
	overflow sync.Pool // of *block: where these were not enough
}

// ground is where the first blocks stand, outside of the heap: there they would be a good part of what lives in a small
// program, and bring each collection nearer. Only what is written to is ever in memory.
type blockArena [16][blockSize]byte // a batch, and what is written to while it is sent

var (
	arenaBytes blockArena
	blocks     = newBlockPool(&arenaBytes)
)

func newBlockPool(g *blockArena) *blockPool {
	s := &blockPool{}
	for i := range g {
		s.idle = append(s.idle, &block{arena: g[i][:0]})
	}
	return s
}

func (s *blockPool) get() *block {
	s.mu.Lock()
	if last := len(s.idle) - 1; last >= 0 {
		b := s.idle[last]
		s.idle = s.idle[:last]
		s.mu.Unlock()
		b.b, b.spans = b.arena, 0
		return b
	}
	s.mu.Unlock()
	if b, ok := s.overflow.Get().(*block); ok {
		return b
	}
	return &block{buffer: buffer{make([]byte, 0, blockSize)}}
}

func (s *blockPool) put(b *block) {
	if b.arena != nil {
		b.b = nil // it may have grown
		s.mu.Lock()
		s.idle = append(s.idle, b)
		s.mu.Unlock()
		return
	}
	if cap(b.b) <= maxKeptBlock {
		b.b, b.spans = b.b[:0], 0
		s.overflow.Put(b)
	}
}

func (b *block) add(r *agent.Record) {
	w := b.buffer
	w.spanField(r)
	b.buffer = w // the whole span, or nothing of it
	b.spans++
}

func newPackedStore(out blockExporter, c Batching) *packedStore {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < maxShards {
		n *= 2
	}
	limit := c.Queue
	if limit > maxQueue {
		limit = maxQueue
	}
	q := &packedStore{limit: int32(limit), maxBytes: maxBody + int64(limit)*bytesPerSpan, batchSize: c.Batch, exporter: out, shards: make([]shard, n)}
	// A batch is made of whole blocks.
	if q.spansPerBlock = c.Batch / 8; q.spansPerBlock > maxBlockSpans {
		q.spansPerBlock = maxBlockSpans
	} else if q.spansPerBlock == 0 {
		q.spansPerBlock = 1
	}
	q.recentShards.New = func() interface{} { return &q.shards[atomic.AddUint32(&q.nextShard, 1)%uint32(len(q.shards))] }
	return q
}

// put implements store.
func (q *packedStore) put(r *agent.Record) bool {
	if atomic.AddInt32(&q.count, 1) > q.limit || atomic.LoadInt64(&q.bytes) > q.maxBytes {
		atomic.AddInt32(&q.count, -1)
		return false
	}
	s := q.recentShards.Get().(*shard)
	b := s.add(r, q.spansPerBlock)
	q.recentShards.Put(s)
	r.Release()
	if b != nil {
		atomic.AddInt64(&q.bytes, int64(len(b.b)))
		q.mu.Lock()
		q.full = append(q.full, b)
		q.mu.Unlock()
	}
	return true
}

// add returns the block where it is full now.
func (s *shard) add(r *agent.Record, each int) (full *block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.block == nil {
		s.block = blocks.get()
	}
	s.block.add(r)
	if s.block.spans < each && len(s.block.b) < blockFullAt {
		return nil
	}
	full, s.block = s.block, nil
	return full
}

// len implements store.
func (q *packedStore) len() int {
	if n := atomic.LoadInt32(&q.count); n > 0 {
		return int(n)
	}
	return 0
}

// take implements store.
func (q *packedStore) take() int {
	spans, size := 0, 0
	accept := func(b *block) bool {
		if spans > 0 && (spans+b.spans > q.batchSize || size+len(b.b) > maxBody) {
			return false
		}
		spans, size = spans+b.spans, size+len(b.b)
		q.taken = append(q.taken, b)
		return true
	}
	q.mu.Lock()
	for len(q.full) > 0 && accept(q.full[0]) {
		atomic.AddInt64(&q.bytes, -int64(len(q.full[0].b)))
		n := copy(q.full, q.full[1:])
		q.full[n] = nil
		q.full = q.full[:n]
	}
	more := len(q.full) > 0
	q.mu.Unlock()
	for i := 0; i < len(q.shards) && !more; i++ {
		s := &q.shards[i]
		s.mu.Lock()
		if s.block != nil && accept(s.block) {
			s.block = nil
		}
		s.mu.Unlock()
	}
	atomic.AddInt32(&q.count, int32(-spans))
	return spans
}

// export implements store.
func (q *packedStore) export(hurry <-chan struct{}) {
	free := false
	defer func() {
		for i, b := range q.taken {
			if free {
				blocks.put(b)
			}
			q.taken[i] = nil
		}
		q.taken = q.taken[:0]
	}()
	free = q.exporter.exportPacked(q.taken, hurry)
}
