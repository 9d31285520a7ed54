package metric

import (
	"math"
	"math/bits"
	"sync"
)

// Limits of exponential histograms, from the specification.
const (
	maxBuckets = 160
	maxScale   = 20
)

// exponential counts measurements in buckets of which each is base times as wide as the one before,
// where base is 2 to the power of 2^-scale: bucket i holds measurements greater than base^i and at
// most base^(i+1). It has the largest scale at which everything counted fits, and no other bounds:
// if a measurement does not fit, pairs of neighbouring buckets are merged, as often as needed.
type exponential struct {
	scale  int
	offset int64  // the bucket of the first count
	used   int    // number of counts, of which the first and the last are not 0; all later ones are
	zero   uint64 // measurements that are not greater than 0
	counts [maxBuckets]uint64
}

// lockedExponential holds what all goroutines have recorded in a series since it was last
// collected.
type lockedExponential struct {
	mu sync.Mutex
	exponential
}

func newLockedExponential() *lockedExponential {
	return &lockedExponential{exponential: exponential{scale: maxScale}}
}

// record counts a measurement of n/unit.
func (g *lockedExponential) record(n, unit int64) {
	g.mu.Lock()
	if n > 0 {
		g.add(indexOf(float64(n)/float64(unit), g.scale), 1)
	} else {
		g.zero++
	}
	g.mu.Unlock()
}

// take moves the counts to another one, and leaves none.
func (g *lockedExponential) take(to *exponential) {
	g.mu.Lock()
	*to = g.exponential
	if to.used > 0 || to.zero > 0 {
		g.exponential = exponential{scale: maxScale}
	}
	g.mu.Unlock()
}

// add counts n measurements in a bucket of the present scale.
func (e *exponential) add(index int64, n uint64) {
	low, high := index, index
	if e.used > 0 {
		if e.offset < low {
			low = e.offset
		}
		if last := e.offset + int64(e.used) - 1; last > high {
			high = last
		}
	}
	by := uint(0)
	for high>>by-low>>by >= maxBuckets {
		by++
	}
	e.downscale(by)
	e.widen(low>>by, high>>by)
	e.counts[index>>by-e.offset] += n
}

// downscale halves the number of buckets by times.
func (e *exponential) downscale(by uint) {
	if by == 0 {
		return
	}
	first, used := e.offset>>by, 0
	for i := 0; i < e.used; i++ {
		n := e.counts[i]
		e.counts[i] = 0
		to := int((e.offset+int64(i))>>by - first) // never greater than i
		e.counts[to] += n
		used = to + 1
	}
	e.scale, e.offset, e.used = e.scale-int(by), first, used
}

// widen makes the counts begin and end with these buckets, for which there is room. Every bucket
// counted so far is among them.
func (e *exponential) widen(low, high int64) {
	if fresh := e.offset - low; e.used > 0 && fresh > 0 {
		copy(e.counts[fresh:], e.counts[:e.used])
		for i := range e.counts[:fresh] {
			e.counts[i] = 0
		}
	}
	e.offset, e.used = low, int(high-low)+1
}

// merge adds the counts of another one.
func (e *exponential) merge(from *exponential) {
	e.zero += from.zero
	if from.used > 0 && from.scale < e.scale {
		e.downscale(uint(e.scale - from.scale))
	}
	for i, n := range from.counts[:from.used] {
		if n > 0 { // each may have reduced the scale
			e.add((from.offset+int64(i))>>uint(from.scale-e.scale), n)
		}
	}
}

// fill writes the counts to a point.
func (e *exponential) fill(p *Point) {
	p.Scale, p.Zero, p.Count = int32(e.scale), e.zero, e.zero
	if e.used == 0 {
		return
	}
	p.Offset = int32(e.offset)
	p.Buckets = append([]uint64(nil), e.counts[:e.used]...)
	for _, n := range p.Buckets {
		p.Count += n
	}
}

// indexOf returns the bucket of a number greater than 0. It is exact: it uses no logarithm, which
// would be wrong for some of the numbers next to a boundary.
func indexOf(v float64, scale int) int64 {
	half, exponent := math.Frexp(v) // half is at least 0.5 and less than 1
	index := int64(exponent) - 1
	fraction := math.Float64bits(half)<<11 | 1<<63 // twice half, in units of 2^-63
	if fraction == 1<<63 {                         // a power of 2 ends a bucket at any scale
		if scale > 0 {
			return index<<uint(scale) - 1
		}
		return (index - 1) >> uint(-scale)
	}
	if scale <= 0 {
		return index >> uint(-scale)
	}
	// Find the boundary below the number, bit by bit. No boundary in between is a number of 64
	// bits.
	below := fixedPoint{1 << 63, 0}
	for i := range rootsOfTwo[:scale] {
		index <<= 1
		if middle := below.times(&rootsOfTwo[i]); fraction > middle.high {
			below = middle
			index++
		}
	}
	return index
}

// fixedPoint is a number from 1 up to, but not including, 2, in units of 2^-127.
type fixedPoint struct{ high, low uint64 }

// times multiplies two numbers whose product is less than 2. The last bits may be too small.
func (a fixedPoint) times(b *fixedPoint) fixedPoint {
	high, low := bits.Mul64(a.high, b.high)
	h1, l1 := bits.Mul64(a.high, b.low)
	h2, l2 := bits.Mul64(a.low, b.high)
	rest, carry := bits.Add64(l1, l2, 0)
	low, c1 := bits.Add64(low, h1, carry)
	low, c2 := bits.Add64(low, h2, 0)
	high += c1 + c2
	return fixedPoint{high<<1 | low>>63, low<<1 | rest>>63}
}

// rootsOfTwo holds the square root of 2, the square root of that, and so on.
var rootsOfTwo = [maxScale]fixedPoint{
	{0xb504f333f9de6484, 0x597d89b3754abe9f},
	{0x9837f0518db8a96f, 0x46ad23182e42f6f6},
	{0x8b95c1e3ea8bd6e6, 0xfbe4628758a53c90},
	{0x85aac367cc487b14, 0xc5c95b8c2154c1b2},
	{0x82cd8698ac2ba1d7, 0x3e2a475b46520bff},
	{0x8164d1f3bc030773, 0x7be56527bd14def5},
	{0x80b1ed4fd999ab6c, 0x25335719b6e6fd20},
	{0x8058d7d2d5e5f6b0, 0x94d589f608ee4aa2},
	{0x802c6436d0e04f50, 0xff8ce94a6797b3ce},
	{0x8016302f17467628, 0x3690dfe44d11d008},
	{0x800b179c82028fd0, 0x945e54e2ae18f2f0},
	{0x80058baf7fee3b5d, 0x1c718b38e549cb93},
	{0x8002c5d00fdcfcb6, 0xb6566a58c048be1f},
	{0x800162e61bed4a48, 0xe84c2e1a463473da},
	{0x8000b17292f702a3, 0xaa22beacca949013},
	{0x800058b92abbae02, 0x030c5fa5256f41fe},
	{0x80002c5c8dade4d7, 0x1776c0f4dbea67d6},
	{0x8000162e44eaf636, 0x526be456600bdbe5},
	{0x80000b1721fa7c18, 0x8307016c1cd4e8b7},
	{0x8000058b90de7e4c, 0xecfc487503488bb2},
}
