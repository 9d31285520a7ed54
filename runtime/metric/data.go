package metric

// Temporality is the start of the interval that a point covers, numbered as in OTLP.
type Temporality uint8

// The temporalities.
const (
	Delta      Temporality = 1 + iota // since the point before
	Cumulative                        // since the start
)

// Metric holds the data of one instrument for a reader, which owns it.
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
	Values      []Value // for the metric's keys; nil if Overflow is set
	Overflow    bool    // the series of all sets for which there was no room
	Start, Time int64   // nanoseconds since 1970

	// IsFloat selects the value of a counter or gauge: Int or Float.
	IsFloat bool
	Int     int64
	Float   float64

	// The fields up to Exemplars are for histograms.
	Count     uint64
	Sum       float64
	NoSum     bool // the sum is not known
	HasRange  bool // Min and Max are known
	Min, Max  float64
	Buckets   []uint64
	Exemplars []ExemplarPoint

	// Scale and Offset are for exponential histograms: Buckets[0] ends at the base, which is
	// 2^(2^-Scale), to the power of Offset+1.
	Scale, Offset int32
	Zero          uint64 // measurements of 0, which are in Count but in no bucket
}

// ExemplarPoint is an exemplar in the metric's unit. Ids of all zeros mean none.
type ExemplarPoint struct {
	Time    int64
	Value   float64
	TraceID [16]byte
	SpanID  [8]byte
}

// Preference is the temporality that a reader prefers for counters and histograms; up-down counters
// are always cumulative.
type Preference uint8

// The preferences, as OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE has them.
const (
	PreferCumulative Preference = iota
	PreferDelta                 // counters and histograms
	PreferLowMemory             // counters and histograms that are not observed

	// Exponential, added to one of the others, selects exponential buckets for histograms that
	// are not observed, if Config enables them.
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
