package offload

import (
	"cmp"
	"fmt"
	"sync"
	"time"
)

const (
	// limit is how long Do waits, and shortLimit how long while something hangs already,
	// because the next call will probably hang, too.
	limit      = 250 * time.Millisecond
	shortLimit = 50 * time.Millisecond
	// keepTime is how long the result of a late function is kept for a caller who asks again.
	keepTime = 30 * time.Second
	// threadTime is how long Run waits for a thread.
	threadTime = 10 * time.Second
)

// Pool is a number of threads for functions that may block. The nil Pool calls every
// function itself and waits for it.
type Pool struct {
	log func(string)

	slots  chan struct{} // an element for each thread that is in use
	beside chan struct{} // an element for each of them that Run uses

	mu      sync.Mutex
	calls   map[string]*call // by key: calls that go on, and late results that are kept
	late    int              // how many calls go on for which nobody waits
	tell    func()           // called when one of those has returned; nil: nothing is called
	refused bool             // calls were refused since the last one returned; the log says so
}

// Call says what a function does.
type Call struct {
	// Key names what is asked. Functions with the same key are called one at a time, so
	// that they may share data without a lock.
	Key  string
	What string // as in "cannot WHAT"
	// Path is the file that the function uses; "": none with a name. While something
	// hangs in a file system, no other call is begun there.
	Path string
	Wait time.Duration // how long Do waits; 0: a quarter of a second
}

// call is one function.
type call struct {
	Call
	mount string // of Path, once it is late; "": not known
	since time.Time
	done  chan struct{} // closed when it has returned
	late  bool          // nobody waits for it
	over  bool          // it has returned
	value any
	err   error
	drop  func() // closes what the value holds
}

// LateError says that a function has not returned yet, or that it was not called because
// too many others have not returned.
type LateError struct {
	What string // what the function should do: "open log file ..."
	Why  string
}

func (e *LateError) Error() string { return "cannot " + e.What + ": " + e.Why }

// New returns a Pool in which n functions can block at the same time, 1 at least.
// log is called with a line when something hangs, and when it does not any more, from any
// goroutine; it must not block.
func New(n int, log func(string)) *Pool {
	return &Pool{
		log:   log,
		slots: make(chan struct{}, n), beside: make(chan struct{}, max(1, n-1)),
		calls: map[string]*call{},
	}
}

// Tell sets a function that is called, from any goroutine, each time a late function has
// returned. It must not block.
func (p *Pool) Tell(f func()) {
	if p != nil {
		p.mu.Lock()
		p.tell = f
		p.mu.Unlock()
	}
}

// Do calls f and returns its result, or a *LateError if f has not returned in time. drop
// is called with a late result that nobody has fetched; nil: there is nothing to close.
func Do[T any](p *Pool, a Call, f func() (T, error), drop func(T)) (value T, err error) {
	if p == nil {
		return f()
	}
	var dropAny func(any)
	if drop != nil {
		dropAny = func(v any) { drop(v.(T)) }
	}
	v, err := p.do(a, func() (any, error) { return f() }, dropAny)
	value, _ = v.(T) // nil: there is none
	return value, err
}

// Act is Do for what has no result.
func (p *Pool) Act(a Call, f func() error) error {
	if p == nil {
		return f()
	}
	_, err := p.do(a, func() (any, error) { return nil, f() }, nil)
	return err
}

// do is Do for results of any type.
func (p *Pool) do(a Call, f func() (any, error), drop func(any)) (value any, err error) {
	c, fetched, err := p.begin(a)
	switch {
	case err != nil:
		return nil, err
	case fetched:
		return c.value, c.err
	}
	go func() {
		defer func() {
			if r := recover(); r != nil {
				p.end(c, nil, nil, fmt.Errorf("cannot %s: internal error: %v", a.What, r))
			}
		}()
		var v any
		var err error
		deaf(func() { v, err = f() })
		p.end(c, v, func() {
			if drop != nil && err == nil {
				drop(v)
			}
		}, err)
	}()
	if !p.wait(c) {
		return nil, c.lateError(a)
	}
	return c.value, c.err
}

// begin begins a call, or takes the kept result of a late one.
func (p *Pool) begin(a Call) (c *call, fetched bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls[a.Key]; c != nil {
		if !c.over {
			return nil, false, c.lateError(a)
		}
		delete(p.calls, a.Key)
		if c.What == a.What {
			return c, true, nil
		}
		p.discard(c)
	}
	if c := p.hangsAt(a.Path); c != nil {
		return nil, false, c.lateError(a)
	}
	select {
	case p.slots <- struct{}{}:
	default:
		if !p.refused {
			p.refused = true
			p.log("cannot " + a.What + ": as many files do not answer as there are threads for them; nothing that may hang is begun until one of them does")
		}
		return nil, false, &LateError{a.What, "too many other files do not answer"}
	}
	c = &call{Call: a, since: time.Now(), done: make(chan struct{})}
	p.calls[a.Key] = c
	return c, false, nil
}

// hangsAt returns a late call in the file system of a path; nil: none is known.
func (p *Pool) hangsAt(path string) *call {
	if p.late == 0 {
		return nil
	}
	mount := mountOf(path)
	for _, c := range p.calls {
		if c.late && !c.over && mount != "" && c.mount == mount {
			return c
		}
	}
	return nil
}

// wait waits for a call as long as it may take, and says whether it has returned.
func (p *Pool) wait(c *call) bool {
	most := cmp.Or(c.Wait, limit)
	p.mu.Lock()
	if p.late > 0 {
		most = min(most, shortLimit)
	}
	p.mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.over {
		delete(p.calls, c.Key)
		return true
	}
	c.late = true
	p.late++
	c.mount = mountOf(c.Path)
	p.log("cannot " + c.What + ": the file system has not answered for " + most.String() + "; everything else goes on")
	return false
}

// end is called when the function of a call has returned.
func (p *Pool) end(c *call, value any, drop func(), err error) {
	p.mu.Lock()
	c.over, c.value, c.drop, c.err = true, value, drop, err
	<-p.slots
	late, tell := c.late, p.tell
	if late {
		p.late--
		p.refused = false
		p.log("the file system has answered after " + time.Since(c.since).Round(time.Millisecond).String() + ", to: " + c.What)
		time.AfterFunc(keepTime, func() { p.forget(c) })
	}
	p.mu.Unlock()
	close(c.done)
	if late && tell != nil {
		tell()
	}
}

// forget drops a result that nobody has fetched.
func (p *Pool) forget(c *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[c.Key] == c {
		delete(p.calls, c.Key)
		p.discard(c)
	}
}

// discard closes what a result holds, which may take its time, too.
func (p *Pool) discard(c *call) {
	if c.drop != nil {
		go func() {
			for p.Run("close what was opened too late", c.drop) != nil {
			}
		}()
	}
}

// lateError is the error for a caller of a who would have to wait for c.
func (c *call) lateError(a Call) error {
	why := "the file system has not answered for " + time.Since(c.since).Round(10*time.Millisecond).String()
	if c.What != a.What {
		why += " to: " + c.What
	}
	return &LateError{a.What, why}
}

// Run calls f when there is a thread for it, and returns when f does. It is not for
// the loop. When there is none for ten seconds f is not called, and the error is a
// *LateError; what says what f does, as in "cannot WHAT".
func (p *Pool) Run(what string, f func()) error {
	if p == nil {
		f()
		return nil
	}
	timer := time.NewTimer(threadTime)
	defer timer.Stop()
	for _, places := range [...]chan struct{}{p.beside, p.slots} {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-timer.C:
			return &LateError{what, "too many other files have not answered for " + threadTime.String()}
		}
	}
	deaf(f)
	return nil
}
