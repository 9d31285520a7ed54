package agent

// Go starts a goroutine for the agent itself. With a woven runtime it is a system goroutine: it is
// in no synctest bubble, has no profiler labels, is in no count, profile or traceback of the
// program's goroutines, and does not keep a deadlock from being reported. State that is inherited
// in other ways (the bypass of crypto/fips140, runtime/secret) comes from the calling goroutine,
// which should be one that initialises packages, or was started by one.
func Go(f func()) { spawn(f) }

// SetExitHook makes the runtime call f when the program is about to exit: at the return of main
// (code 0), in os.Exit (its code), before an uncaught panic is printed (2), and, on Linux, before
// the program dies of SIGHUP, SIGINT or SIGTERM (128 and the signal's number). Handlers and ignored
// signals are unchanged; the program dies of the same signal. A second signal, or f taking two
// seconds, ends it at once. Without a woven runtime f is never called. SetExitHook may be called
// once, during initialisation.
func SetExitHook(f func(code int32)) {
	setExitHook(f)
	watchSignals()
}

// SetExecHook makes the runtime call f each time before syscall.Exec replaces the program, in the
// goroutine that calls it. The program goes on if that fails. SetExecHook may be called once,
// during initialisation, after SetExitHook; without a woven runtime f is never called.
func SetExecHook(f func()) { setExecHook(f) }

// SetSignalHook makes the runtime call f each time a SIGHUP, SIGINT or SIGTERM arrives that the
// program handles, before the program is notified. f must not block. SetSignalHook may be called
// once, as SetExecHook.
func SetSignalHook(f func()) { setHandledSignalHook(f) }
