package agent

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// idSource is xoshiro256**: 256 bits of state seeded from the operating system's entropy, a few
// nanoseconds per number. Ids must not collide worldwide; they need not be secret.
type idSource struct{ s [4]uint64 }

// idSources holds about one source per processor, so that processors do not share one.
var idSources = sync.Pool{New: func() interface{} { return newIDSource() }}

func newIDSource() *idSource {
	src := new(idSource)
	src.seed()
	return src
}

func (g *idSource) seed() {
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		fallbackSeed(&seed)
	}
	for i := range g.s {
		g.s[i] = binary.LittleEndian.Uint64(seed[8*i:])
	}
	if g.s == [4]uint64{} {
		g.s[0] = 1 // all zeros is the only state that generates nothing but zeros
	}
}

var fallbackCount uint64

// fallbackSeed makes a seed on a system that has no entropy to give.
func fallbackSeed(seed *[32]byte) {
	binary.LittleEndian.PutUint64(seed[0:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint64(seed[8:], uint64(os.Getpid()))
	binary.LittleEndian.PutUint64(seed[16:], atomic.AddUint64(&fallbackCount, 1))
	binary.LittleEndian.PutUint64(seed[24:], 0x9e3779b97f4a7c15)
}

func (g *idSource) next() uint64 {
	s := &g.s
	result := bits.RotateLeft64(s[1]*5, 7) * 9
	t := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= t
	s[3] = bits.RotateLeft64(s[3], 45)
	return result
}

func newTraceID(id *[16]byte) {
	g := idSources.Get().(*idSource)
	for *id = [16]byte{}; *id == [16]byte{}; {
		binary.BigEndian.PutUint64(id[:8], g.next())
		binary.BigEndian.PutUint64(id[8:], g.next())
	}
	idSources.Put(g)
}

// newSpanID makes the id of a span without a record; a record has a source of its own.
func newSpanID(id *[8]byte) {
	g := idSources.Get().(*idSource)
	g.spanID(id)
	idSources.Put(g)
}

func (g *idSource) spanID(id *[8]byte) {
	for {
		binary.BigEndian.PutUint64(id[:], g.next())
		if *id != [8]byte{} {
			return
		}
	}
}
