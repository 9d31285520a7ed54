package export

import (
	"runtime"
	"sync"
	"sync/atomic"

	"goagent/agent"
)

// packedStore holds spans that are encoded as they end, by the goroutine that ends them. That
// goroutine has just written the record, so it is in the processor's cache, the record can be
// reused at once, and bytes that wait cost the garbage collector nothing. When a batch is due it
// only has to be sent.
//
// Each processor usually has a block of its own to write to. Blocks are bounded, so that no writer
// has to copy a large block to a larger one, and the sending goroutine lets others run between two
// blocks.
type packedStore struct {
	bytes         int64 // in full blocks; atomic; first, for 32-bit processors
	maxBytes      int64 // the bound of bytes
	count         int32 // spans that wait, including those being added; atomic
	limit         int32
	batchSize     int // largest number of spans of a batch
	spansPerBlock int // spans after which a block is full
	exporter      blockExporter
	shards        []shard
	nextShard     uint32    // index for the next processor; atomic
	recentShards  sync.Pool // of *shard: the one that this processor has written to last

	mu    sync.Mutex
	full  []*block // guarded by mu
	taken []*block // used by the exporting goroutine only
}

// blockExporter is an exporter of encoded spans.
type blockExporter interface {
	// exportPacked reports whether the blocks may be reused.
	exportPacked(blocks []*block, hurry <-chan struct{}) (free bool)
}

// block holds spans, each encoded as a field of a ScopeSpans message.
type block struct {
	buffer
	spans int
	arena []byte // its place in the blockArena; nil if it has none
}

// shard holds a block that is being written to.
type shard struct {
	mu    sync.Mutex
	block *block // nil if there is none yet
	_     [48]byte
}

// Bounds of blocks and batches.
const (
	blockSize     = 32 << 10 // bytes
	blockFullAt   = blockSize - 2<<10
	maxKeptBlock  = 4 * blockSize // a larger one is not reused
	maxBlockSpans = 64
	maxBody       = 8 << 20 // collectors refuse much larger requests
	maxShards     = 16
	// bytesPerSpan is the room for each span that may wait: data from clients can make spans large.
	bytesPerSpan = 16 << 10
)

// blockPool holds unused blocks.
type blockPool struct {
	mu       sync.Mutex
	idle     []*block  // those with a place in the blockArena
	overflow sync.Pool // of *block, for when these are not enough
}

// blockArena backs the first blocks. It is a global so that it does not add to the heap size that
// paces the garbage collector: in a small program it would be a good part of it. Only pages that
// were written to are ever in memory.
type blockArena [16][blockSize]byte // a batch, and the blocks written to while it is sent

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
		b.b = nil // it may have been reallocated
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
	q := &packedStore{limit: int32(limit), maxBytes: maxBody + int64(limit)*bytesPerSpan, batchSize: c.Batch,
		exporter: out, shards: make([]shard, n)}
	// A batch consists of whole blocks.
	if q.spansPerBlock = c.Batch / 8; q.spansPerBlock > maxBlockSpans {
		q.spansPerBlock = maxBlockSpans
	} else if q.spansPerBlock == 0 {
		q.spansPerBlock = 1
	}
	q.recentShards.New = func() interface{} { return &q.shards[atomic.AddUint32(&q.nextShard, 1)%uint32(len(q.shards))] }
	return q
}

// put implements recordStore.
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

// add adds a record, and returns the block if it is full now.
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

// len implements recordStore.
func (q *packedStore) len() int {
	if n := atomic.LoadInt32(&q.count); n > 0 {
		return int(n)
	}
	return 0
}

// take implements recordStore.
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

// export implements recordStore.
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
