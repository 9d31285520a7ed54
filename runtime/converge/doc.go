// Package converge replaces values of which there are many by values of which there are few: the
// path of a URL by a template, a statement of SQL by one without literals, any value by configured
// rules.
//
// Semconv imports it, and is linked into net/http: it imports only the standard library's smallest
// packages, keeps none of its input, and its work is bounded whatever the input. Text that cannot
// be understood for certain is omitted: a missing word in a statement is better than somebody's
// password.
package converge
