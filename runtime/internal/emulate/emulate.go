// Package emulate is for tests: it gives goroutines a slot for their span if there is no woven
// runtime (build tag goagent_nogls). In a woven build it leaves everything to the runtime, so the
// same tests run in both.
package emulate
