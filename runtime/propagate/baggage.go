package propagate

// Baggage is the W3C Baggage recommendation: the header baggage. It is passed on unchanged, see the
// book's page on propagation.
type Baggage struct{}

// maxBaggage is the size that the recommendation requires everybody to pass on; the headers of a
// request are counted as one list.
const maxBaggage = 8192

var baggage = header{canonical: "Baggage", lower: "baggage"}

// IDs implements Format.
func (Baggage) IDs() bool { return false }

// Present implements Format.
func (Baggage) Present(h map[string][]string) bool { return baggage.present(h) }

// Remove implements Format.
func (Baggage) Remove(h map[string][]string) { baggage.remove(h) }

// Extract implements Format: baggage names no parent.
func (Baggage) Extract(map[string][]string, *Context) bool { return false }

// Carry implements Format. The list is copied, because the program may change its own.
func (Baggage) Carry(h map[string][]string, _ [16]byte, what *Carried) *Carried {
	list, _ := baggage.values(h)
	if len(list) == 0 {
		return what
	}
	total := -1 // the first has no comma before it
	for _, s := range list {
		if total += len(s) + 1; total > maxBaggage {
			return what
		}
	}
	for _, s := range list {
		if !isHeaderText(s) {
			return what
		}
	}
	if what == nil {
		what = new(Carried)
	}
	what.baggage = append([]string(nil), list...)
	return what
}

// Inject implements Format. The request gets a list of its own, which it may change.
func (Baggage) Inject(h map[string][]string, c Context) {
	if c.Carried != nil && len(c.Carried.baggage) > 0 {
		h[baggage.canonical] = append([]string(nil), c.Carried.baggage...)
	}
}
