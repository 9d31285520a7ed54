package metric

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Kind is the kind of an instrument.
type Kind uint8

// The kinds.
const (
	KindCounter       Kind = 1 + iota // a sum that only grows
	KindUpDownCounter                 // a sum
	KindGauge                         // the last value
	KindHistogram                     // counts by size
)

// Desc describes an instrument. Unit is in UCUM.
type Desc struct{ Name, Unit, Text string }

// Instrument is one of the four kinds. It is made once, as a variable of a package.
type Instrument struct {
	// slow is the value from which on a measurement is slow, 0 if none is; atomic; first, for
	// 32-bit processors.
	slow  int64
	desc  Desc
	kind  Kind
	keys  []Key
	scale int64 // a histogram's measurements per unit
	// bounds are a histogram's upper bounds, in units of measurements; they are inclusive.
	bounds []int64
	finish func(*Set, []byte)

	routeSlot, errorSlot int // indexes of http.route and error.type

	all          table // of *Series; changed under mu
	admitted     [MaxKeys]admittedValues
	shardedCount int32 // series that are counted in shards; atomic
	mu           sync.Mutex
	overflow     unsafe.Pointer // *Series; atomic; set under mu
}

func newInstrument(kind Kind, d Desc, keys []Key) *Instrument {
	return register(&Instrument{desc: d, kind: kind, keys: keys, scale: 1})
}

// register makes a complete instrument known: from now on it may be collected.
func register(i *Instrument) *Instrument {
	i.routeSlot, i.errorSlot = i.Slot("http.route"), i.Slot("error.type")
	registry.mu.Lock()
	defer registry.mu.Unlock()
	registry.all = append(registry.all, i)
	if c := currentConfig(); c != nil {
		i.configure(c)
	}
	return i
}

// NewCounter makes a counter.
func NewCounter(d Desc, keys []Key) *Instrument { return newInstrument(KindCounter, d, keys) }

// NewUpDownCounter makes a counter that may go down.
func NewUpDownCounter(d Desc, keys []Key) *Instrument {
	return newInstrument(KindUpDownCounter, d, keys)
}

// NewGauge makes an instrument that keeps the last value.
func NewGauge(d Desc, keys []Key) *Instrument { return newInstrument(KindGauge, d, keys) }

// NewHistogram makes a histogram of whole numbers, such as sizes in bytes.
func NewHistogram(d Desc, bounds []int64, keys []Key) *Instrument {
	return register(&Instrument{desc: d, kind: KindHistogram, keys: keys, scale: 1, bounds: bounds})
}

// NewTimer makes a histogram of durations, measured in nanoseconds and reported in seconds. finish,
// if not nil, completes a set before it is recorded; it may use the given bytes for text that it
// adds.
func NewTimer(d Desc, bounds []time.Duration, keys []Key, finish func(*Set, []byte)) *Instrument {
	d.Unit = "s"
	i := &Instrument{desc: d, kind: KindHistogram, keys: keys, scale: int64(time.Second), finish: finish}
	for _, b := range bounds {
		i.bounds = append(i.bounds, int64(b))
	}
	return register(i)
}

// Slot returns the index of an attribute in sets, -1 if the instrument has none of this name.
func (i *Instrument) Slot(name string) int {
	for at := range i.keys {
		if i.keys[at].Name == name {
			return at
		}
	}
	return -1
}

// RouteSlot returns the index of http.route, or -1.
func (i *Instrument) RouteSlot() int { return i.routeSlot }

// ErrorSlot returns the index of error.type, or -1.
func (i *Instrument) ErrorSlot() int { return i.errorSlot }

// Finish completes a set, see NewTimer.
func (i *Instrument) Finish(set *Set, room []byte) {
	if i.finish != nil {
		i.finish(set, room)
	}
}

func (i *Instrument) configure(c *Config) {
	var slow time.Duration
	if c.Slow != nil && i.scale == int64(time.Second) { // a size is never slow
		slow = c.Slow(i.desc.Name)
	}
	atomic.StoreInt64(&i.slow, int64(slow))
}

func (i *Instrument) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all.clear()
	atomic.StoreInt32(&i.shardedCount, 0)
	atomic.StorePointer(&i.overflow, nil)
	for at := range i.admitted {
		i.admitted[at].clear()
	}
}

// With returns the series for a set, for repeated use; nil while nothing is recorded. It must not
// be kept beyond Disable.
func (i *Instrument) With(set *Set) *Series {
	c := currentConfig()
	if c == nil {
		return nil
	}
	return i.series(c, set)
}

// CachedSeries holds a busy series that is looked up again and again. The zero value holds none.
// All goroutines may use it at once.
type CachedSeries struct{ entry unsafe.Pointer } // *cachedEntry; atomic

type cachedEntry struct {
	config *Config // in force when the series was made
	series *Series
}

// Series returns the series that Resolve has stored, or nil if there is none or it is from before a
// Disable.
func (k *CachedSeries) Series() *Series {
	if found := (*cachedEntry)(atomic.LoadPointer(&k.entry)); found != nil && found.config == currentConfig() {
		return found.series
	}
	return nil
}

// Resolve returns the series of a set, which must be the same in all calls for this CachedSeries,
// and stores it. It returns nil while nothing is recorded.
func (k *CachedSeries) Resolve(i *Instrument, set *Set) *Series {
	c := currentConfig()
	if c == nil {
		return nil
	}
	found := &cachedEntry{c, i.series(c, set)}
	i.shard(found.series)
	atomic.StorePointer(&k.entry, unsafe.Pointer(found))
	return found.series
}

func (i *Instrument) series(c *Config, set *Set) *Series {
	if found := i.all.find(set.hash(i.keys), set); found != nil {
		return found.series
	}
	return i.convergedSeries(c, set)
}

// convergedSeries finds or makes the series for a set after rules and limits have been applied to
// it.
func (i *Instrument) convergedSeries(c *Config, set *Set) *Series {
	small := *set
	for at := range i.keys {
		v, number := &small[at], i.keys[at].Number
		if !number && v.Str != "" {
			if c.Rewrite != nil {
				v.Str = c.Rewrite(i.keys[at].Name, v.Str)
			}
			v.Str = cleanText(v.Str)
		}
		*v = i.admitted[at].admit(*v, number, c.AttrValues)
	}
	hash := small.hash(i.keys)
	if found := i.all.find(hash, &small); found != nil {
		return found.series
	}
	if overflow := (*Series)(atomic.LoadPointer(&i.overflow)); overflow != nil {
		return overflow
	}
	return i.addSeries(c, hash, &small)
}

func (i *Instrument) addSeries(c *Config, hash uint64, set *Set) *Series {
	i.mu.Lock()
	defer i.mu.Unlock()
	if found := i.all.find(hash, set); found != nil {
		return found.series
	}
	if i.all.count+1 >= c.Cardinality { // one is reserved for overflow
		overflow := (*Series)(i.overflow)
		if overflow == nil {
			overflow = i.newSeries(c, 0, nil)
			atomic.StorePointer(&i.overflow, unsafe.Pointer(overflow))
		}
		return overflow
	}
	s := i.newSeries(c, hash, set)
	i.all.add(&s.entry)
	return s
}

// each calls f for each series.
func (i *Instrument) each(f func(*Series)) {
	i.all.each(func(e *entry) { f(e.series) })
	if overflow := (*Series)(atomic.LoadPointer(&i.overflow)); overflow != nil {
		f(overflow)
	}
}
