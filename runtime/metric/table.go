package metric

import (
	"sync/atomic"
	"unsafe"
)

// entry is what tables hold: values, and what they hash to. It never changes.
type entry struct {
	hash   uint64
	values []Value
	series *Series // nil in tables of single values
}

func (e *entry) is(hash uint64, set *Set) bool {
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

// table finds entries by their values. Readers take no lock: places are filled and
// never emptied, and a table that has become too small is replaced by a larger copy.
// What changes it is done by one goroutine at a time.
type table struct {
	current unsafe.Pointer // *places; atomic
	count   int
}

// places are a power of two of pointers to entries, at most half of them filled.
type places struct {
	at   []unsafe.Pointer // *entry; atomic
	mask uint64
}

const firstPlaces = 16

func newPlaces(n int) *places {
	return &places{at: make([]unsafe.Pointer, n), mask: uint64(n - 1)}
}

func (t *table) load() *places { return (*places)(atomic.LoadPointer(&t.current)) }

// find returns the entry with these values, nil if there is none.
func (t *table) find(hash uint64, set *Set) *entry {
	p := t.load()
	if p == nil {
		return nil
	}
	for i := hash & p.mask; ; i = (i + 1) & p.mask {
		found := (*entry)(atomic.LoadPointer(&p.at[i]))
		if found == nil || found.is(hash, set) {
			return found
		}
	}
}

// add puts in an entry that is not there.
func (t *table) add(one *entry) {
	t.count++
	p := t.load()
	if p != nil && t.count*2 <= len(p.at) {
		p.put(one)
		return
	}
	size := firstPlaces
	if p != nil {
		size = len(p.at) * 2
	}
	larger := newPlaces(size)
	t.each(larger.put)
	larger.put(one)
	atomic.StorePointer(&t.current, unsafe.Pointer(larger))
}

func (p *places) put(one *entry) {
	i := one.hash & p.mask
	for atomic.LoadPointer(&p.at[i]) != nil {
		i = (i + 1) & p.mask
	}
	atomic.StorePointer(&p.at[i], unsafe.Pointer(one))
}

// each calls f for each entry.
func (t *table) each(f func(*entry)) {
	p := t.load()
	if p == nil {
		return
	}
	for i := range p.at {
		if one := (*entry)(atomic.LoadPointer(&p.at[i])); one != nil {
			f(one)
		}
	}
}

// clear forgets all.
func (t *table) clear() {
	atomic.StorePointer(&t.current, nil)
	t.count = 0
}
