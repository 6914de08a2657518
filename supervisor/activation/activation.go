package activation

import (
	"os"
	"syscall"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
)

// Host is what the part needs of the loop.
type Host interface {
	Start(*process.Spec) (pid int, err error)
	Signal(pid int, sig syscall.Signal) error
	Stopped(pid int) bool                               // by a signal such as SIGSTOP
	Taken(id uint32) bool                               // something that is configured has this number of a user or group
	TryAgain(who string, err error, now time.Time) bool // the error comes from a shortage, or a file system that hangs, and will be over
	Silence() *os.File                                  // a standard input from which nothing comes; nil: there is none
	Post(func())                                        // from any goroutine: f runs in the loop
	Log(name, text string)
	Trace(line string)
}

// Options are what a Part is given once.
type Options struct {
	Grant      func(channel *os.File, g control.Grantee) *control.Link // gives connections over a channel
	Files      *offload.Pool                                           // by what file systems are asked
	Version    string                                                  // of entry-point
	Executable string                                                  // path of our own, beside which the gateway lies; "": not known
	Env        []string                                                // our own environment
	// Stderr opens what the gateway prints to, for its process alone; nil: our stderr.
	Stderr func() (*os.File, error)
}

// Part is the listening sockets and the gateway behind them. It implements part.Part.
type Part struct {
	host Host
	Options
	sockets
	waiting
	gateway
	failures
	over bool      // there will be no other gateway
	at   time.Time // when to look, to wait again, or to kill; zero: never
}

// gateway is the process that runs, or ran last.
type gateway struct {
	pid       int           // 0: it does not run
	link      *control.Link // to it
	startedAt time.Time
	greeted   bool          // it has said that it is there
	owes      time.Time     // since when it owes us a word: that, or the answer to a ping; zero: it does not
	patience  time.Duration // how long it may
	pause     time.Duration // before the last look at it
	replaced  bool          // it was killed, because it does not answer
	ending    bool          // it was asked to end
}

// killAfter is how long a gateway that was asked to end may take. It ends within
// 0.35 seconds if nothing is wrong with it.
const killAfter = 450 * time.Millisecond

// New returns the part of a loop. Nothing listens before Set.
func New(h Host, o Options) *Part { return &Part{host: h, Options: o} }

// connected is that a connection is pending, or was.
func (p *Part) connected(waited int, now time.Time) {
	if waited != p.waited || p.over || len(p.waits) == 0 {
		return
	}
	p.rest()
	if p.pid != 0 { // the gateway has a moment to accept
		p.lookSoon(now)
		return
	}
	pid, err := p.start()
	if err != nil {
		p.putOff(err, "", now)
		return
	}
	p.pid, p.startedAt, p.greeted, p.replaced, p.ending = pid, now, false, false, false
	p.owes, p.patience, p.at = now, max(p.patience, firstPatience), now.Add(lookAfter)
	p.host.Trace("started the HTTP gateway")
}

// PID is the process of the gateway; 0: it does not run.
func (p *Part) PID() int {
	if p == nil {
		return 0
	}
	return p.pid
}

// Exited takes the end of a process, if it is the gateway's.
func (p *Part) Exited(e process.Exit, now time.Time) bool {
	if e.PID != p.pid || p.pid == 0 {
		return false
	}
	p.rest()
	p.link.Close()
	p.pid, p.link, p.owes, p.at = 0, nil, time.Time{}, time.Time{}
	if now.Sub(p.startedAt) >= settled {
		p.forgive()
	}
	switch {
	case p.ending || process.Code(e.Status) == 0 && p.greeted:
		p.ending = false
		p.forgive()
		p.wait(now)
	case p.replaced && p.greeted:
		p.wait(now)
	case p.replaced:
		p.fail("", now)
	default:
		p.fail("it has ended: "+process.Describe(e.Status), now)
	}
	return true
}

// Due is when Tick has something to do; zero: never.
func (p *Part) Due() time.Time { return p.at }

// Tick does what is due.
func (p *Part) Tick(now time.Time) {
	if p.at.IsZero() || now.Before(p.at) {
		return
	}
	p.at = time.Time{}
	switch {
	case p.pid == 0:
		p.wait(now)
	case p.ending:
		_ = p.host.Signal(p.pid, syscall.SIGKILL) // ESRCH: its exit is on its way
	case !p.owes.IsZero():
		p.urge(now)
	default:
		p.look(now)
	}
}

// end asks the gateway to end.
func (p *Part) end(now time.Time) {
	if p.pid == 0 || p.ending {
		return
	}
	p.rest()
	p.ending, p.at = true, now.Add(killAfter)
	_ = p.host.Signal(p.pid, syscall.SIGTERM)
}

// Close ends the gateway for good. It is there until Running says no, and needs
// Tick and Exited to end.
func (p *Part) Close(now time.Time) {
	p.over = true
	p.rest()
	_ = p.set.Keep(nil)
	p.at = time.Time{}
	p.ending = false
	p.end(now)
}

// Running says whether the gateway runs.
func (p *Part) Running() bool { return p.pid != 0 }
