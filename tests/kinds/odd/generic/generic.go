// Package generic has functions and types with type parameters.
package generic

import "fmt"

// Number is a constraint.
type Number interface{ ~int | ~float64 }

type celsius float64

// Map maps.
func Map[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

// Sum sums.
func Sum[N Number](ns ...N) (total N) {
	for _, n := range ns {
		total += n
	}
	return
}

// Keys counts keys.
func Keys[M ~map[K]V, K comparable, V any](m M) int { return len(m) }

// Zero is a zero.
func Zero[T any]() T {
	var zero T
	return zero
}

// Ignore does not name its type parameter.
func Ignore[_ any, T any](v T) T { return v }

// List is a list.
type List[T any] struct{ items []T }

// Push pushes.
func (l *List[T]) Push(v T) { l.items = append(l.items, v) }

// Len is the length.
func (l List[E]) Len() int { return len(l.items) }

// Reset does not name the type parameter.
func (l *List[_]) Reset() (n int) {
	n = len(l.items)
	l.items = nil
	return n
}

// Pair has two.
type Pair[K comparable, V fmt.Stringer] struct {
	Key   K
	Value V
}

// String shows it.
func (Pair[K, _]) String() string { return "pair" }

// Tree orders itself.
type Tree[T interface{ Less(T) bool }] struct {
	Left, Right *Tree[T]
	Value       T
}

// Insert inserts.
func (t *Tree[T]) Insert(v T) *Tree[T] {
	switch {
	case t == nil:
		return &Tree[T]{Value: v}
	case v.Less(t.Value):
		t.Left = t.Left.Insert(v)
	default:
		t.Right = t.Right.Insert(v)
	}
	return t
}

// Walk walks.
func Walk[T interface{ Less(T) bool }](t *Tree[T], f func(T)) {
	if t != nil {
		Walk(t.Left, f)
		f(t.Value)
		Walk(t.Right, f)
	}
}

// Order is something to order.
type Order int

// Less compares.
func (o Order) Less(other Order) bool { return o < other }

// String shows.
func (o Order) String() string { return fmt.Sprintf("#%d", int(o)) }

// Show uses all of them.
func Show() {
	fmt.Println("map", Map([]int{1, 2}, func(n int) string { return fmt.Sprint(n) }), Map([]Order{3}, Order.String))
	fmt.Println("sum", Sum(1, 2, 3), Sum(1.5, 2.5), Sum[celsius](0.5))
	fmt.Println("keys", Keys(map[string]int{"a": 1}), Zero[string]() == "", Ignore[int]("x"))
	var list List[string]
	list.Push("a")
	list.Push("b")
	length := list.Len
	fmt.Println("list", length(), list.Reset(), (&list).Len())
	pair := Pair[int, Order]{1, 2}
	fmt.Println("pair", pair, fmt.Stringer(pair).String())
	var tree *Tree[Order]
	for _, n := range []Order{2, 1, 3} {
		tree = tree.Insert(n)
	}
	fmt.Print("tree")
	Walk(tree, func(o Order) { fmt.Print(" ", o) })
	fmt.Println()
}
