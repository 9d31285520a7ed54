// Package converge turns values of which there are many into values of which
// there are few: the path of a URL into a template, a statement of SQL into one
// without literals, any value by configured rules.
//
// Semconv imports it, and is linked into net/http: it imports nothing but the
// standard library's smallest packages, keeps nothing of what it is given, and its work is bounded
// whatever the input. Text that cannot be understood for certain is left out:
// a word too few in a statement is better than somebody's password.
package converge
