package metric

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Config determines what is recorded. All fields may be zero.
type Config struct {
	Cardinality int    // series of an instrument, 2000
	AttrValues  int    // values of an attribute, 200
	Exemplars   Filter // the measurements that become exemplars
	// Exponential keeps histograms with exponential buckets as well, for readers that prefer them.
	Exponential bool
	// Rewrite, if not nil, replaces a value of the attribute key by one that stands for many.
	// It is called only for sets that have no series of their own.
	Rewrite func(key, value string) string
	// Slow, if not nil, returns the duration from which on a call counts as slow, by the
	// histogram's name; 0 if none does.
	Slow func(name string) time.Duration
	// Wake, if not nil, is called once something is recorded after ArmWake, by the recording
	// goroutine. It must not block.
	Wake func()
}

// Defaults of Config.
const (
	defaultCardinality = 2000
	defaultAttrValues  = 200
)

// settings points to the Config in force; nil if nothing is recorded.
var settings unsafe.Pointer

// awake is 1 while nobody needs to be woken.
var awake uint32 = 1

// registry holds all instruments, readers and observers.
var registry struct {
	mu        sync.Mutex
	all       []*Instrument
	readers   []*Reader
	observers []func() []Metric
	begin     int64 // when Enable was called, nanoseconds since 1970
}

// Enable starts recording.
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

// Disable stops recording, and removes everything that was recorded, all readers and observers.
func Disable() {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	atomic.StorePointer(&settings, nil)
	for _, i := range registry.all {
		i.clear()
	}
	registry.readers, registry.observers = nil, nil
}

// HasTextAttribute reports whether an instrument has this attribute, with text as its value.
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

// Enabled reports whether anything is recorded.
func Enabled() bool { return atomic.LoadPointer(&settings) != nil }

func currentConfig() *Config { return (*Config)(atomic.LoadPointer(&settings)) }

// ArmWake has Wake called at the next measurement.
func ArmWake() { atomic.StoreUint32(&awake, 0) }

// wake calls Wake once after each ArmWake.
func (c *Config) wake() {
	if atomic.LoadUint32(&awake) == 0 && atomic.CompareAndSwapUint32(&awake, 0, 1) && c.Wake != nil {
		c.Wake()
	}
}
