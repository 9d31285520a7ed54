package export

import (
	"sync/atomic"

	"goagent/agent"
)

// queue is a bounded queue without locks, for many writers and one reader (Vyukov's ring). Each
// cell has a turn: a writer may fill a cell when turn equals the writer's position, the reader may
// empty it when turn is one more. Positions are 32 bits and wrap; only differences of them are
// used.
type queue struct {
	cells []cell
	mask  uint32
	limit uint32
	_     [64]byte // keeps head and tail on cache lines of their own
	tail  uint32   // next position to write; atomic
	_     [64]byte
	head  uint32 // next position to read; written by the reader only; atomic
	_     [64]byte
}

type cell struct {
	turn   uint32
	record *agent.Record
}

// maxQueue keeps differences of positions far below half of their range.
const maxQueue = 1 << 20

func newQueue(limit int) *queue {
	if limit < 1 {
		limit = 1
	}
	if limit > maxQueue {
		limit = maxQueue
	}
	size := 2
	for size < limit {
		size *= 2
	}
	q := &queue{cells: make([]cell, size), mask: uint32(size - 1), limit: uint32(limit)}
	for i := range q.cells {
		q.cells[i].turn = uint32(i)
	}
	return q
}

// put adds r, or returns false if the queue is full.
func (q *queue) put(r *agent.Record) bool {
	for {
		tail := atomic.LoadUint32(&q.tail)
		if tail-atomic.LoadUint32(&q.head) >= q.limit {
			if tail == atomic.LoadUint32(&q.tail) {
				return false
			}
			continue // head has passed the tail that was read before it
		}
		c := &q.cells[tail&q.mask]
		if atomic.LoadUint32(&c.turn) != tail {
			continue // another writer was faster
		}
		if atomic.CompareAndSwapUint32(&q.tail, tail, tail+1) {
			c.record = r
			atomic.StoreUint32(&c.turn, tail+1)
			return true
		}
	}
}

// get returns the oldest record, nil if there is none. One goroutine calls it.
func (q *queue) get() *agent.Record {
	head := atomic.LoadUint32(&q.head)
	c := &q.cells[head&q.mask]
	if atomic.LoadUint32(&c.turn) != head+1 {
		return nil
	}
	r := c.record
	c.record = nil
	atomic.StoreUint32(&c.turn, head+q.mask+1)
	atomic.StoreUint32(&q.head, head+1)
	return r
}

// len returns roughly the number of records, including those being added.
func (q *queue) len() int {
	n := int32(atomic.LoadUint32(&q.tail) - atomic.LoadUint32(&q.head))
	if n < 0 {
		return 0
	}
	return int(n)
}

// recordQueue is the recordStore of an exporter that takes records as they are.
type recordQueue struct {
	*queue
	exporter  Exporter
	batchSize int // largest number of records of a batch
	batch     []*agent.Record
}

// take implements recordStore.
func (q *recordQueue) take() int {
	q.batch = q.batch[:0]
	for len(q.batch) < q.batchSize {
		r := q.get()
		if r == nil {
			break
		}
		q.batch = append(q.batch, r)
	}
	return len(q.batch)
}

// export implements recordStore.
func (q *recordQueue) export(hurry <-chan struct{}) {
	defer func() {
		for i := range q.batch {
			q.batch[i] = nil
		}
	}()
	q.exporter.Export(q.batch, hurry)
}
