package metric

// Temporality says since when a point counts, numbered as in OTLP.
type Temporality uint8

// The temporalities.
const (
	Delta      Temporality = 1 + iota // since the point before
	Cumulative                        // since the start
)

// Metric is what a reader is given of one instrument. It is the reader's own.
type Metric struct {
	Desc
	Kind        Kind
	Temporality Temporality // of counters and histograms
	Keys        []Key
	Exponential bool      // of a histogram: its buckets are exponential, and it has no bounds
	Bounds      []float64 // of a histogram
	Points      []Point
}

// Point is one series at one time.
type Point struct {
	Values      []Value // for the metric's keys; nil with Overflow
	Overflow    bool    // all series that found no room
	Start, Time int64   // nanoseconds since 1970

	// Of a counter or a gauge: one of the two.
	IsFloat bool
	Int     int64
	Float   float64

	// Of a histogram.
	Count     uint64
	Sum       float64
	NoSum     bool // it is not known
	HasRange  bool // Min and Max are known
	Min, Max  float64
	Buckets   []uint64
	Exemplars []ExemplarPoint

	// Of an exponential histogram: Buckets[0] ends at the base, which is 2^(2^-Scale), to the power of Offset+1.
	Scale, Offset int32
	Zero          uint64 // what is 0; it counts, and is in no bucket
}

// ExemplarPoint is an exemplar in the metric's unit. Ids of zeros are none.
type ExemplarPoint struct {
	Time    int64
	Value   float64
	TraceID [16]byte
	SpanID  [8]byte
}

// Preference is how a reader wants counters and histograms; up-down counters are
// cumulative in any case.
type Preference uint8

// The preferences, as OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE has them.
const (
	PreferCumulative Preference = iota
	PreferDelta                 // counters and histograms
	PreferLowMemory             // those of them that are not observed

	// Exponential, added to one of them, has histograms that are not observed told with
	// exponential buckets, where Config has them made.
	Exponential Preference = 4
)

func (p Preference) temporality(k Kind, observed bool) Temporality {
	p &^= Exponential
	sum := k == KindCounter || k == KindHistogram
	if sum && (p == PreferDelta || p == PreferLowMemory && !observed) {
		return Delta
	}
	return Cumulative
}
