package metric

import (
	"sync/atomic"
	"unsafe"
)

// entry is an element of a table: values and their hash. It never changes.
type entry struct {
	hash   uint64
	values []Value
	series *Series // nil in tables of single values
}

func (e *entry) matches(hash uint64, set *Set) bool {
	if e.hash != hash {
		return false
	}
	for i := range e.values {
		if e.values[i].Num != set[i].Num || e.values[i].Str != set[i].Str {
			return false
		}
	}
	return true
}

// table finds entries by their values. Readers take no lock: slots are filled and never emptied,
// and a table that has become too small is replaced by a larger copy. Only one goroutine may change
// a table at a time.
type table struct {
	slots unsafe.Pointer // *tableSlots; atomic
	count int
}

// tableSlots is a power of two of pointers to entries, at most half of them filled.
type tableSlots struct {
	entries []unsafe.Pointer // *entry; atomic
	mask    uint64
}

const minTableSlots = 16

func newTableSlots(n int) *tableSlots {
	return &tableSlots{entries: make([]unsafe.Pointer, n), mask: uint64(n - 1)}
}

func (t *table) load() *tableSlots { return (*tableSlots)(atomic.LoadPointer(&t.slots)) }

// find returns the entry with these values, nil if there is none.
func (t *table) find(hash uint64, set *Set) *entry {
	p := t.load()
	if p == nil {
		return nil
	}
	for i := hash & p.mask; ; i = (i + 1) & p.mask {
		found := (*entry)(atomic.LoadPointer(&p.entries[i]))
		if found == nil || found.matches(hash, set) {
			return found
		}
	}
}

// add adds an entry that is not in the table.
func (t *table) add(e *entry) {
	t.count++
	p := t.load()
	if p != nil && t.count*2 <= len(p.entries) {
		p.insert(e)
		return
	}
	size := minTableSlots
	if p != nil {
		size = len(p.entries) * 2
	}
	larger := newTableSlots(size)
	t.each(larger.insert)
	larger.insert(e)
	atomic.StorePointer(&t.slots, unsafe.Pointer(larger))
}

func (p *tableSlots) insert(e *entry) {
	i := e.hash & p.mask
	for atomic.LoadPointer(&p.entries[i]) != nil {
		i = (i + 1) & p.mask
	}
	atomic.StorePointer(&p.entries[i], unsafe.Pointer(e))
}

// each calls f for each entry.
func (t *table) each(f func(*entry)) {
	p := t.load()
	if p == nil {
		return
	}
	for i := range p.entries {
		if e := (*entry)(atomic.LoadPointer(&p.entries[i])); e != nil {
			f(e)
		}
	}
}

// clear removes all entries.
func (t *table) clear() {
	atomic.StorePointer(&t.slots, nil)
	t.count = 0
}
