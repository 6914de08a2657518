package activation

import (
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/socket"
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
	set      socket.Set
	asked    []config.Server // by the configuration
	idle     time.Duration
	wanted   *config.User    // of the gateway, likewise
	failed   bool            // not all that were asked for are open
	short    bool            // and these can be tried again
	open     []config.Server // and these are
	files    []*os.File      // of open; they belong to set
	toldUser string          // why the gateway runs as we are, as it was told; "": it does not

	waits     []*os.File    // descriptors of those who wait for a connection
	waited    int           // how often we have begun to wait: who is told of an earlier time is told nothing
	pid       int           // of the gateway; 0: it does not run
	link      *control.Link // to it
	startedAt time.Time
	greeted   bool          // it has said that it is there
	owes      time.Time     // since when it owes us a word: that, or the answer to a ping; zero: it does not
	patience  time.Duration // how long it may
	pause     time.Duration // before the last look at it
	replaced  bool          // it was killed, because it does not answer
	ending    bool          // it was asked to end
	over      bool          // and there will be no other
	at        time.Time     // when to look, to wait again, or to kill; zero: never

	crashes int           // gateways in a row that have ended soon after their start
	unborn  int           // and of these, those that were never there, or could not be started
	delay   time.Duration // after the last one
	told    failure       // the last that was told of
}

// failure is why there is no gateway.
type failure struct {
	why   string
	at    time.Time
	times int // in a row
}

// killAfter is how long a gateway that was asked to end may take. It ends within
// 0.35 seconds if nothing is wrong with it.
const killAfter = 450 * time.Millisecond

// Delays after failures. Connections wait meanwhile, health checks among them, whose
// patience is a second or two.
const (
	firstDelay = 50 * time.Millisecond
	lastDelay  = 500 * time.Millisecond
	shortDelay = time.Second
)

// settled is how long a gateway has to run so that its end is no failed start.
const settled = 10 * time.Second

// New returns the part of a loop. Nothing listens before Set.
func New(h Host, o Options) *Part { return &Part{host: h, Options: o} }

// Set makes the open sockets those that the configuration asks for. What has not
// changed is not touched.
func (p *Part) Set(c *config.Container, now time.Time) {
	if p.over || !p.failed && p.idle == c.HTTPIdle && reflect.DeepEqual(p.asked, c.Servers) && reflect.DeepEqual(p.wanted, c.GatewayUser) {
		return
	}
	p.asked, p.idle, p.wanted, p.failed = c.Servers, c.HTTPIdle, c.GatewayUser, false
	p.openAll()
	if p.pid == 0 {
		p.at = time.Time{}
		p.forgive()
		p.wait(now)
	} else { // it has inherited other sockets, knows other passwords, or is another user
		p.end(now)
	}
}

// openAll opens what is asked for and closes the rest.
func (p *Part) openAll() {
	p.open, p.files, p.short = nil, nil, false
	p.set.Files = p.Files
	servers := p.asked
	if len(servers) > 0 {
		if _, err := Find(p.Executable, p.Env, p.Files); err != nil && !p.host.TryAgain("HTTP", err, time.Now()) {
			p.host.Log("", urls(servers)+": nothing listens there, because there is no HTTP gateway: "+err.Error())
			servers, p.failed = nil, true
		}
	}
	var keep []string
	for i := range servers {
		keep = append(keep, url(&servers[i]))
	}
	_ = p.set.Keep(keep) // the next change of the configuration does it
	seen := map[string]bool{}
	for i := range servers {
		s := &servers[i]
		if seen[url(s)] {
			p.host.Log("", "two HTTP servers are to listen on "+url(s)+": the first one does")
			continue
		}
		seen[url(s)] = true
		file, err := p.set.Open(&config.Socket{URL: url(s), Mode: s.Mode, Owner: s.Owner})
		switch {
		case err == nil:
		case p.host.TryAgain("HTTP", err, time.Now()):
			p.failed, p.short = true, true
			continue
		default:
			p.host.Log("", "HTTP: "+err.Error())
			p.failed = true
			continue
		}
		p.open, p.files = append(p.open, *s), append(p.files, file)
	}
}

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

// forgive forgets earlier failures.
func (p *Part) forgive() { p.crashes, p.unborn, p.delay = 0, 0, 0 }

// putOff tries again later what has failed.
func (p *Part) putOff(err error, what string, now time.Time) {
	if p.host.TryAgain("HTTP", err, now) {
		p.at = now.Add(shortDelay)
		return
	}
	p.greeted, p.unborn = false, p.unborn+1 // there is none at all
	p.fail(what+err.Error(), now)
}

// fail says what is wrong with the gateway ("": it was said), and when it is started
// again. Where it is the second that has not come up, nobody waits in vain.
func (p *Part) fail(why string, now time.Time) {
	p.crashes++
	if p.unborn++; p.greeted {
		p.unborn = 0
	}
	p.delay = min(max(2*p.delay, firstDelay), lastDelay)
	p.at = now.Add(p.delay)
	what := "connections wait for " + p.delay.String()
	if p.unborn > 1 {
		p.refuse()
		what = "who connects is told so"
	}
	if why != "" {
		p.tell(why, what, now)
	}
}

// A failure that is the same again and again is told a few times, and then once a
// minute.
const (
	tellTimes = 5
	tellAgain = time.Minute
)

func (p *Part) tell(why, what string, now time.Time) {
	f := &p.told
	if f.why != why || now.Sub(f.at) >= tellAgain {
		*f = failure{why: why}
	}
	if f.times++; f.times <= tellTimes {
		f.at = now
		p.host.Log("", "HTTP gateway: "+why+"; "+what)
	}
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

// Changed is nothing: the gateway is asked for by connections, not by programs.
func (p *Part) Changed(part.View, program.Program, time.Time) {}

// Forget is nothing, either.
func (p *Part) Forget(string) {}

// Running says whether the gateway runs.
func (p *Part) Running() bool { return p.pid != 0 }

// url is the address of a server.
func url(s *config.Server) string {
	if s.Network == "unix" {
		return "unix://" + s.Address
	}
	return "tcp://" + s.Address
}

func urls(servers []config.Server) string {
	var list []string
	for i := range servers {
		list = append(list, url(&servers[i]))
	}
	return strings.Join(list, ", ")
}
