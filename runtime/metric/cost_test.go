package metric

import (
	"testing"
	"time"
)

// BenchmarkShards measures, with -cpu 2 and more, the contention of processors that count the same.
func BenchmarkShards(b *testing.B) {
	Enable(Config{})
	defer Disable()
	set := Set{{Str: "a"}}
	for _, own := range []bool{false, true} {
		name := "all in one lane"
		if own {
			name = "each in its own"
		}
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				o := Origin{Sampled: true}
				if own {
					o.Shard = NewShard()
				}
				i := 0
				for pb.Next() {
					i++
					o.SpanID[0] = byte(i)
					o.SpanID[1] = byte(i >> 8)
					testTimer.Record(&set, int64(time.Millisecond), 5, &o)
				}
			})
		})
	}
}
