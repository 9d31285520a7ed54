package metric

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Config says what is recorded. All fields may be zero.
type Config struct {
	Cardinality int    // series of an instrument, 2000
	AttrValues  int    // values of an attribute, 200
	Exemplars   Filter // which measurements become exemplars
	Exponential bool   // histograms are exponential, too, for readers that prefer it
	// Rewrite, where not nil, turns a value of the named attribute into one that
	// stands for many. It is called only for sets that have no series of their own.
	Rewrite func(key, value string) string
	// Slow, where not nil, says from which duration on a call counts as slow, by the
	// histogram's name; 0: none does.
	Slow func(name string) time.Duration
	// Wake, where not nil, is called once something is recorded after Rest, by the
	// goroutine that records. It must not block.
	Wake func()
}

// Defaults of Config.
const (
	defaultCardinality = 2000
	defaultAttrValues  = 200
)

// settings points to the Config in force; nil: nothing is recorded.
var settings unsafe.Pointer

// awake is 1 while nobody needs to be woken.
var awake uint32 = 1

// registry has all instruments there are.
var registry struct {
	mu        sync.Mutex
	all       []*Instrument
	readers   []*Reader
	observers []func() []Metric
	begin     int64 // when Enable was called, nanoseconds since 1970
}

// Enable begins to record.
func Enable(c Config) {
	if c.Cardinality <= 0 {
		c.Cardinality = defaultCardinality
	}
	if c.AttrValues <= 0 {
		c.AttrValues = defaultAttrValues
	}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	registry.begin = time.Now().UnixNano()
	for _, i := range registry.all {
		i.configure(&c)
	}
	awakeAtStart := uint32(1)
	if c.Wake != nil {
		awakeAtStart = 0
	}
	atomic.StoreUint32(&awake, awakeAtStart)
	atomic.StorePointer(&settings, unsafe.Pointer(&c))
}

// Disable ends that, and forgets all that was recorded, all readers and observers.
func Disable() {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	atomic.StorePointer(&settings, nil)
	for _, i := range registry.all {
		i.clear()
	}
	registry.readers, registry.observers = nil, nil
}

// Knows reports whether an instrument has this attribute, with a value that is text.
func HasTextAttribute(attribute string) bool {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	for _, i := range registry.all {
		if at := i.Slot(attribute); at >= 0 && !i.keys[at].Number {
			return true
		}
	}
	return false
}

// On reports whether anything is recorded.
func On() bool { return atomic.LoadPointer(&settings) != nil }

func enabled() *Config { return (*Config)(atomic.LoadPointer(&settings)) }

// Rest has Wake called at the next measurement.
func ArmWake() { atomic.StoreUint32(&awake, 0) }

// wake calls Wake once after each Rest.
func (c *Config) wake() {
	if atomic.LoadUint32(&awake) == 0 && atomic.CompareAndSwapUint32(&awake, 0, 1) && c.Wake != nil {
		c.Wake()
	}
}
