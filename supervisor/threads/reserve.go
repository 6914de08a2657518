package threads

import "runtime"

// Reserve is the threads of a plan while they are being made.
type Reserve struct {
	plan Plan
	done chan struct{}
}

// Begin makes the threads of a plan, beside the caller.
func Begin(p Plan) *Reserve {
	r := &Reserve{p, make(chan struct{})}
	go r.make()
	return r
}

// Wait returns when all are there. The caller is the goroutine of main, and stays
// tied to its thread.
func (r *Reserve) Wait() {
	runtime.LockOSThread()
	<-r.done
	if runtime.GOMAXPROCS(0) > processors {
		runtime.GOMAXPROCS(processors)
	}
}

// make ties goroutines to threads until there are enough threads. One that has a
// goroutine tied to it runs no other, so that each needs one of its own.
func (r *Reserve) make() {
	tied, end := make(chan struct{}), make(chan struct{})
	n := 0
	for ; count() < r.plan.Threads(); n++ {
		go func() {
			runtime.LockOSThread()
			tied <- struct{}{}
			<-end
			runtime.UnlockOSThread() // else the thread would end with the goroutine
			tied <- struct{}{}
		}()
		<-tied
	}
	close(end)
	for range n {
		<-tied
	}
	close(r.done)
}

// count is how many threads the runtime has made.
func count() int {
	n, _ := runtime.ThreadCreateProfile(nil)
	return n
}
