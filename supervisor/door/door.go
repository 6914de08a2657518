package door

import (
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/socket"
)

// Options are what a Door needs of the loop that owns it.
type Options struct {
	Start   func(*process.Spec) (pid int, err error)
	Signal  func(pid int, sig syscall.Signal) error
	Stopped func(pid int) bool                                      // by a signal such as SIGSTOP
	Post    func(func())                                            // lets the loop run something soon
	Grant   func(channel *os.File, g control.Grantee) *control.Link // gives connections over it
	Log     func(string)                                            // any goroutine may call it
	// Short tells, if that is why something has failed, that the container has no
	// process, memory or descriptor left. Then it is tried again after shortDelay.
	Short func(err error, now time.Time) bool
	Trace func(string)
	Files *offload.Pool // by what it asks file systems

	Version    string
	Executable string   // path of our own, beside which the gateway lies; "": not known
	Env        []string // our own environment
	Stdin      *os.File // of the gateway; nothing comes from it
	// Stderr opens what the gateway prints to, for its process alone; nil: our stderr.
	Stderr func() (*os.File, error)
	User   User // of the gateway, where we are root
}

// Door is the listening sockets and the gateway behind them.
type Door struct {
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
	waited    int           // how often we have begun to wait: a knock of an earlier time is none
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

// Set makes the open sockets those that the configuration asks for. What has not
// changed is not touched.
func (d *Door) Set(c *config.Container, now time.Time) {
	if d.over || !d.failed && d.idle == c.HTTPIdle && reflect.DeepEqual(d.asked, c.Servers) && reflect.DeepEqual(d.wanted, c.GatewayUser) {
		return
	}
	d.asked, d.idle, d.wanted, d.failed = c.Servers, c.HTTPIdle, c.GatewayUser, false
	d.openAll()
	if d.pid == 0 {
		d.at = time.Time{}
		d.forgive()
		d.wait(now)
	} else { // it has inherited other sockets, knows other passwords, or is another user
		d.end(now)
	}
}

// openAll opens what is asked for and closes the rest.
func (d *Door) openAll() {
	d.open, d.files, d.short = nil, nil, false
	d.set.Files = d.Files
	servers := d.asked
	if len(servers) > 0 {
		if _, err := Find(d.Executable, d.Env, d.Files); err != nil && !d.Short(err, time.Now()) {
			d.Log(urls(servers) + ": nothing listens there, because there is no HTTP gateway: " + err.Error())
			servers, d.failed = nil, true
		}
	}
	var keep []string
	for i := range servers {
		keep = append(keep, url(&servers[i]))
	}
	_ = d.set.Keep(keep) // the next change of the configuration does it
	seen := map[string]bool{}
	for i := range servers {
		s := &servers[i]
		if seen[url(s)] {
			d.Log("two HTTP servers are to listen on " + url(s) + ": the first one does")
			continue
		}
		seen[url(s)] = true
		file, err := d.set.Open(&config.Socket{URL: url(s), Mode: s.Mode, Owner: s.Owner})
		switch {
		case err == nil:
		case d.Short(err, time.Now()):
			d.failed, d.short = true, true
			continue
		default:
			d.Log("HTTP: " + err.Error())
			d.failed = true
			continue
		}
		d.open, d.files = append(d.open, *s), append(d.files, file)
	}
}

// knock is that somebody is there, or was.
func (d *Door) knock(waited int, now time.Time) {
	if waited != d.waited || d.over || len(d.waits) == 0 {
		return
	}
	d.rest()
	if d.pid != 0 { // the gateway has a moment to accept
		d.lookSoon(now)
		return
	}
	pid, err := d.start()
	if err != nil {
		d.putOff(err, "", now)
		return
	}
	d.pid, d.startedAt, d.greeted, d.replaced, d.ending = pid, now, false, false, false
	d.owes, d.patience, d.at = now, max(d.patience, firstPatience), now.Add(lookAfter)
	if d.Trace != nil {
		d.Trace("started the HTTP gateway")
	}
}

// PID is the process of the gateway; 0: it does not run.
func (d *Door) PID() int {
	if d == nil {
		return 0
	}
	return d.pid
}

// Exited takes the end of a process, if it is the gateway's.
func (d *Door) Exited(e process.Exit, now time.Time) bool {
	if e.PID != d.pid || d.pid == 0 {
		return false
	}
	d.rest()
	d.link.Close()
	d.pid, d.link, d.owes, d.at = 0, nil, time.Time{}, time.Time{}
	if now.Sub(d.startedAt) >= settled {
		d.forgive()
	}
	switch {
	case d.ending || process.Code(e.Status) == 0 && d.greeted:
		d.ending = false
		d.forgive()
		d.wait(now)
	case d.replaced && d.greeted:
		d.wait(now)
	case d.replaced:
		d.fail("", now)
	default:
		d.fail("it has ended: "+process.Describe(e.Status), now)
	}
	return true
}

// forgive forgets earlier failures.
func (d *Door) forgive() { d.crashes, d.unborn, d.delay = 0, 0, 0 }

// putOff tries again later what has failed.
func (d *Door) putOff(err error, what string, now time.Time) {
	if d.Short(err, now) {
		d.at = now.Add(shortDelay)
		return
	}
	d.greeted, d.unborn = false, d.unborn+1 // there is none at all
	d.fail(what+err.Error(), now)
}

// fail says what is wrong with the gateway ("": it was said), and when it is started
// again. Where it is the second that has not come up, nobody waits in vain.
func (d *Door) fail(why string, now time.Time) {
	d.crashes++
	if d.unborn++; d.greeted {
		d.unborn = 0
	}
	d.delay = min(max(2*d.delay, firstDelay), lastDelay)
	d.at = now.Add(d.delay)
	what := "connections wait for " + d.delay.String()
	if d.unborn > 1 {
		d.refuse()
		what = "who connects is told so"
	}
	if why != "" {
		d.tell(why, what, now)
	}
}

// A failure that is the same again and again is told a few times, and then once a
// minute.
const (
	tellTimes = 5
	tellAgain = time.Minute
)

func (d *Door) tell(why, what string, now time.Time) {
	f := &d.told
	if f.why != why || now.Sub(f.at) >= tellAgain {
		*f = failure{why: why}
	}
	if f.times++; f.times <= tellTimes {
		f.at = now
		d.Log("HTTP gateway: " + why + "; " + what)
	}
}

// Deadline is when Tick has something to do; zero: never.
func (d *Door) Deadline() time.Time { return d.at }

// Tick does what is due.
func (d *Door) Tick(now time.Time) {
	if d.at.IsZero() || now.Before(d.at) {
		return
	}
	d.at = time.Time{}
	switch {
	case d.pid == 0:
		d.wait(now)
	case d.ending:
		_ = d.Signal(d.pid, syscall.SIGKILL) // ESRCH: its exit is on its way
	case !d.owes.IsZero():
		d.urge(now)
	default:
		d.look(now)
	}
}

// end asks the gateway to end.
func (d *Door) end(now time.Time) {
	if d.pid == 0 || d.ending {
		return
	}
	d.rest()
	d.ending, d.at = true, now.Add(killAfter)
	_ = d.Signal(d.pid, syscall.SIGTERM)
}

// Close ends the gateway for good. It is there until Running says no, and needs
// Tick and Exited to end.
func (d *Door) Close(now time.Time) {
	d.over = true
	d.rest()
	_ = d.set.Keep(nil)
	d.at = time.Time{}
	d.ending = false
	d.end(now)
}

// Running says whether the gateway runs.
func (d *Door) Running() bool { return d.pid != 0 }

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
