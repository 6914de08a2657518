package door

import (
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/socket"
)

// Options are what a Door needs of the loop that owns it.
type Options struct {
	Start  func(*process.Spec) (pid int, err error)
	Signal func(pid int, sig syscall.Signal) error
	Post   func(func())           // lets the loop run something soon
	Grant  func(channel *os.File) // gives connections over it
	Log    func(string)
	// Short tells, if that is why something has failed, that the container has no
	// process, memory or descriptor left. Then it is tried again after firstDelay.
	Short func(err error, now time.Time) bool
	Trace func(string)

	Version string
	Env     []string // our own environment
	Stdin   *os.File // of the gateway; nothing comes from it
	User    User     // of the gateway, where we are root
}

// Door is the listening sockets and the gateway behind them.
type Door struct {
	Options
	set      socket.Set
	asked    []config.Server // by the configuration
	idle     time.Duration
	failed   bool            // not all that were asked for are open
	short    bool            // and these can be tried again
	open     []config.Server // and these are
	files    []*os.File      // of open; they belong to set
	toldUser string          // why the gateway runs as we are, as it was told; "": it does not

	waits     []*os.File // descriptors of those who wait for a connection
	waited    int        // how often we have begun to wait: a knock of an earlier time is none
	pid       int        // of the gateway; 0: it does not run
	startedAt time.Time
	delay     time.Duration // after the last failure
	ending    bool          // it was asked to end
	over      bool          // and there will be no other
	at        time.Time     // when to wait again, or to kill; zero: never
}

// killAfter is how long a gateway that was asked to end may take. It ends within
// 0.2 seconds if nothing is wrong with it.
const killAfter = 300 * time.Millisecond

// Delays after failures: connections wait meanwhile.
const (
	firstDelay = time.Second
	lastDelay  = time.Minute
)

// Set makes the open sockets those that the configuration asks for. What has not
// changed is not touched.
func (d *Door) Set(c *config.Container, now time.Time) {
	if d.over || !d.failed && d.idle == c.HTTPIdle && reflect.DeepEqual(d.asked, c.Servers) {
		return
	}
	d.asked, d.idle, d.failed = c.Servers, c.HTTPIdle, false
	d.openAll()
	if d.pid == 0 {
		d.at, d.delay = time.Time{}, 0
		d.wait(now)
	} else { // it has inherited other sockets, or knows other passwords
		d.end(now)
	}
}

// openAll opens what is asked for and closes the rest.
func (d *Door) openAll() {
	d.open, d.files, d.short = nil, nil, false
	servers := d.asked
	if len(servers) > 0 {
		if _, err := Find(d.Env); err != nil {
			d.Log(urls(servers) + ": nothing listens there, because there is no HTTP gateway: " + err.Error())
			servers, d.failed = nil, true
		}
	}
	var keep []string
	for i := range servers {
		keep = append(keep, url(&servers[i]))
	}
	d.set.Keep(keep)
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

// knock is that somebody is there.
func (d *Door) knock(waited int, now time.Time) {
	if waited != d.waited || d.pid != 0 || d.over || len(d.waits) == 0 {
		return
	}
	d.rest()
	pid, err := d.start()
	if err != nil {
		d.putOff(err, "", now)
		return
	}
	d.pid, d.startedAt, d.ending, d.at = pid, now, false, time.Time{}
	if d.Trace != nil {
		d.Trace("started the HTTP gateway")
	}
}

// Exited takes the end of a process, if it is the gateway's.
func (d *Door) Exited(e process.Exit, now time.Time) bool {
	if e.PID != d.pid || d.pid == 0 {
		return false
	}
	d.pid, d.at = 0, time.Time{}
	switch {
	case d.ending || process.Code(e.Status) == 0:
		d.ending, d.delay = false, 0
		d.wait(now)
	default:
		if now.Sub(d.startedAt) >= lastDelay {
			d.delay = 0
		}
		d.fail("it has ended: "+process.Describe(e.Status), now)
	}
	return true
}

// putOff tries again later what has failed.
func (d *Door) putOff(err error, what string, now time.Time) {
	if d.Short(err, now) {
		d.at = now.Add(firstDelay)
		return
	}
	d.fail(what+err.Error(), now)
}

// fail says what is wrong with the gateway, and when it is started again.
func (d *Door) fail(why string, now time.Time) {
	d.delay = min(max(2*d.delay, firstDelay), lastDelay)
	d.at = now.Add(d.delay)
	d.Log("HTTP gateway: " + why + "; connections wait for " + d.delay.String())
}

// Deadline is when Tick has something to do; zero: never.
func (d *Door) Deadline() time.Time { return d.at }

// Tick does what is due.
func (d *Door) Tick(now time.Time) {
	if d.at.IsZero() || now.Before(d.at) {
		return
	}
	d.at = time.Time{}
	if d.pid != 0 {
		_ = d.Signal(d.pid, syscall.SIGKILL) // ESRCH: its exit is on its way
	} else {
		d.wait(now)
	}
}

// end asks the gateway to end.
func (d *Door) end(now time.Time) {
	if d.pid == 0 || d.ending {
		return
	}
	d.ending, d.at = true, now.Add(killAfter)
	_ = d.Signal(d.pid, syscall.SIGTERM)
}

// Close ends the gateway for good. It is there until Running says no, and needs
// Tick and Exited to end.
func (d *Door) Close(now time.Time) {
	d.over = true
	d.rest()
	d.set.Keep(nil)
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
