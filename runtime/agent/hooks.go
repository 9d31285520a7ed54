package agent

// Go starts a goroutine of the agent's own. With a woven runtime it is one of the runtime's: in no
// synctest bubble, without profiler labels, in no count, profile or traceback of the program's
// goroutines, and no reason not to report a deadlock. What is inherited in other ways (the bypass
// of crypto/fips140, runtime/secret) comes from the goroutine that calls: that should be one that
// initialises packages, or was started by one.
func Go(f func()) { spawn(f) }

// SetExitHook has f called when the program is about to exit: at the return of
// main (code 0), in os.Exit (its code), before an uncaught panic is printed (2),
// and, on Linux, before it dies of SIGHUP, SIGINT or SIGTERM (128 and the signal's
// number). Handlers and ignored signals stay what they are; the program dies of the
// same signal. A second signal, or f taking two seconds, ends it at once. Without a
// woven runtime f is never called. It is for one call, during initialisation.
func SetExitHook(f func(code int32)) {
	setExitHook(f)
	watchSignals()
}

// SetExecHook has f called each time before syscall.Exec replaces the program, by the goroutine
// that calls it. The program goes on if that fails. It is for one call, during initialisation,
// after SetExitHook; without a woven runtime f is never called.
func SetExecHook(f func()) { setExecHook(f) }

// SetSignalHook has f called each time that a SIGHUP, SIGINT or SIGTERM has come which the program
// handles, before it hears of the signal. f must not block. It is for one call, as SetExecHook is.
func SetSignalHook(f func()) { setHandledSignalHook(f) }
