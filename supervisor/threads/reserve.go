package threads

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Reserve is the threads of a plan. Its methods are for the goroutine of main.
type Reserve struct {
	plan Plan
	done chan struct{} // nil: not begun
}

// New returns a Reserve of which no thread is made yet, except where they are to be
// there early.
func New(p Plan) *Reserve {
	r := &Reserve{plan: p}
	if p.Early {
		r.Wait()
	}
	return r
}

// Begin begins to make the threads, beside the caller.
func (r *Reserve) Begin() {
	if r.done == nil {
		r.done = make(chan struct{})
		go r.make()
	}
}

// Wait makes the threads and returns when all are there. The caller stays tied to
// the thread of main.
func (r *Reserve) Wait() {
	runtime.LockOSThread()
	r.Begin()
	<-r.done
	if runtime.GOMAXPROCS(0) > r.plan.processors {
		runtime.GOMAXPROCS(r.plan.processors)
	}
}

// make ties goroutines to threads until there are enough threads. One that has a
// goroutine tied to it runs no other, so that each needs one of its own.
func (r *Reserve) make() {
	tied, end := make(chan struct{}), make(chan struct{})
	n := 0
	for ; count() < r.plan.Threads() || n == 0; n++ { // one at least, to be named

		go func() {
			runtime.LockOSThread()
			if n == 0 && r.plan.Name != "" {
				setName(r.plan.Name)
			}
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

// setName names the thread of the caller (PR_SET_NAME, at most 15 bytes).
func setName(name string) {
	text := append([]byte(name), 0)
	_, _, _ = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_NAME, uintptr(unsafe.Pointer(&text[0])), 0)
}

// count is how many threads the runtime has made.
func count() int {
	n, _ := runtime.ThreadCreateProfile(nil)
	return n
}
