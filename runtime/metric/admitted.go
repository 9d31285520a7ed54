package metric

import (
	"sync"
	"sync/atomic"

	"goagent/internal/mix"
)

// admittedValues is the bounded set of values of one attribute: the first ones that came. It is
// consulted only for sets that have no series yet.
type admittedValues struct {
	full uint32 // atomic
	mu   sync.Mutex
	all  table // changed under mu
}

// admit returns v, or the value that replaces it if there is no room for it.
func (a *admittedValues) admit(v Value, number bool, limit int) Value {
	if v == (Value{}) {
		return v
	}
	set := Set{v}
	h := mix.Uint64(mix.String(mix.Seed, v.Str), uint64(v.Num))
	if a.all.find(h, &set) != nil {
		return v
	}
	if atomic.LoadUint32(&a.full) == 0 && a.add(h, &set, limit) {
		return v
	}
	if number {
		return Value{}
	}
	return Value{Str: otherValue}
}

func (a *admittedValues) add(h uint64, set *Set, limit int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all.find(h, set) != nil {
		return true
	}
	if a.all.count >= limit {
		atomic.StoreUint32(&a.full, 1)
		return false
	}
	a.all.add(&entry{hash: h, values: []Value{{copyText(set[0].Str), set[0].Num}}})
	return true
}

// clear removes all values.
func (a *admittedValues) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all.clear()
	atomic.StoreUint32(&a.full, 0)
}
