package reload

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/usage"
)

// Host is what the part needs of the loop.
type Host interface {
	Program(name string) *part.View
	// Render makes the files again that a program has of templates, and tells why it could
	// not. The answer may come at once.
	Render(name string, done func(error))
	// Run runs a command as the program is run, for at most limit, and tells how it has
	// ended and what it has printed.
	Run(name string, argv []string, limit time.Duration, now time.Time, done func(err error, lines []string))
	// Probe asks the program whether it is ready. The answer may come at once.
	Probe(name string, now time.Time, answer func(err error, now time.Time))
	Signal(pid int, sig syscall.Signal) error
	TryAgain(name string, err error, now time.Time) bool // the error says nothing about the program, and will be over
	Note(name, text string, now time.Time)               // tells what happens to a program
	Log(name, text string)
	Post(func()) // from any goroutine: f runs in the loop
}

// Times of a reload.
const (
	checkTime  = 30 * time.Second       // for the check
	checkAgain = time.Second            // before the next one, where the container has no room for it
	pauseTime  = 100 * time.Millisecond // in which a worker begins what it has accepted
	workerTime = 60 * time.Second       // until there are new workers, and the probe says yes
	workerLook = 20 * time.Millisecond
	beginTime  = 10 * time.Second // for workers that have no handlers yet
	probePause = 200 * time.Millisecond
)

// ErrNotRunning is the error of a program that cannot reload because it does not run.
var ErrNotRunning = errors.New("not running")

// Part is the reloads that go on. It implements part.Part.
type Part struct {
	host     Host
	files    *offload.Pool
	reloads  map[string]*reload // by program
	cut      []*reload          // whose process has ended or is going to, and who are still to be told
	children func(pid int) []int
	handling func(pid int) usage.Handling
}

// reload is one that goes on.
type reload struct {
	name   string
	config *config.Program
	pid    int
	since  time.Time
	done   func(err error, now time.Time)
	at     time.Time // when next is due; zero: it waits for an answer
	next   func(now time.Time)
	over   chan struct{} // closed when the reload is over
	before []int         // the workers before the signal
}

// New returns the part of a loop. files is by what /proc is read.
func New(h Host, files *offload.Pool) *Part {
	return &Part{host: h, files: files, children: process.Children, handling: usage.HandlingOf}
}

// GoesOn says whether a reload of a program goes on.
func (p *Part) GoesOn(name string) bool { return p.reloads[name] != nil }

// Start begins a reload. done is called in the loop, perhaps at once: with nil when the
// program has reloaded, with ErrNotRunning or another error when it has not.
func (p *Part) Start(name string, now time.Time, done func(err error, now time.Time)) {
	v := p.host.Program(name)
	if err := p.hinders(v); err != nil {
		done(err, now)
		return
	}
	r := &reload{name: name, config: v.Config, pid: v.PID, since: now, done: done, over: make(chan struct{})}
	if p.reloads == nil {
		p.reloads = map[string]*reload{}
	}
	p.reloads[name] = r
	p.render(r)
}

// render has the files made again that the program has of templates, and then asks its
// check.
func (p *Part) render(r *reload) {
	p.host.Render(r.name, func(err error) {
		switch now := time.Now(); {
		case p.reloads[r.name] != r:
		case err != nil:
			p.end(r, errors.New("its templates are bad, nothing has changed: "+strings.ReplaceAll(err.Error(), "\n", "; ")), now)
		case r.config.ReloadCheck == nil:
			p.pause(r)
		default:
			p.check(r, now)
		}
	})
}

// hinders says why a program cannot reload; nil: it can.
func (p *Part) hinders(v *part.View) error {
	switch {
	case v == nil || v.State != program.Running || v.PID == 0:
		return ErrNotRunning
	case v.Config.ReloadSignal == 0 && v.Config.NoReload != "":
		return errors.New(v.Config.NoReload)
	case v.Config.ReloadSignal == 0:
		return errors.New("it is not known how it reloads: set reload_signal, or restart it")
	case p.GoesOn(v.Name):
		return errors.New("a reload goes on already")
	}
	return nil
}

// Due is when a step of a reload is to be made.
func (p *Part) Due() (at time.Time) {
	for _, r := range p.cut {
		return r.since // at once
	}
	for _, r := range p.reloads {
		if !r.at.IsZero() && (at.IsZero() || r.at.Before(at)) {
			at = r.at
		}
	}
	return at
}

// Tick makes the steps that are due.
func (p *Part) Tick(now time.Time) {
	for _, r := range p.reloads {
		if !r.at.IsZero() && !now.Before(r.at) {
			r.at = time.Time{}
			r.next(now)
		}
	}
	cut := p.cut
	p.cut = nil
	for _, r := range cut {
		p.tell(r, errors.New("its process has ended meanwhile"), now)
	}
}

// Changed ends a reload whose process has ended, or is going to. It is told after the
// change itself.
func (p *Part) Changed(v *part.View, _ *program.Program, _ time.Time) {
	if r := p.reloads[v.Name]; r != nil && (v.PID != r.pid || !v.Up()) {
		p.drop(r)
		p.cut = append(p.cut, r)
	}
}

// Forget ends the reload of a program that is gone. There is none: its process has ended.
func (p *Part) Forget(string) {}

// check asks the check of a program. One that the container has no room for is tried
// again for as long as a check may take.
func (p *Part) check(r *reload, now time.Time) {
	p.host.Run(r.name, r.config.ReloadCheck, checkTime, now, func(err error, lines []string) {
		now := time.Now()
		late := (*offload.LateError)(nil)
		switch {
		case p.reloads[r.name] != r:
		case p.host.TryAgain(r.name, err, now) && now.Sub(r.since) < checkTime:
			r.at, r.next = now.Add(checkAgain), func(now time.Time) { p.check(r, now) }
		case shortage.Of(err) != 0 || errors.As(err, &late):
			p.end(r, errors.New("its configuration cannot be checked, nothing has changed: "+err.Error()), now)
		case err != nil:
			for _, line := range lines {
				p.host.Log(r.name, line)
			}
			said := strings.Join(lines, "; ")
			if said == "" {
				said = err.Error()
			}
			p.end(r, errors.New("its configuration is bad, nothing has changed: "+said), now)
		default:
			p.pause(r)
		}
	})
}

// pause pauses a program that can be paused, and has it told.
func (p *Part) pause(r *reload) {
	pause, caught := r.config.PauseSignal, r.config.ReloadCaught
	go func() {
		if pause != 0 {
			p.await(r, (*Part).begun, beginTime)
		}
		pauses, can := false, true
		_ = p.files.Run("read /proc", func() {
			r.before = p.children(r.pid)
			// One that is only about to be ready for the signal would be stopped by it.
			master := p.handling(r.pid)
			pauses = pause != 0 && master.Catches(pause)
			can = caught == 0 || master.Catches(caught)
		})
		p.post(r, func(now time.Time) {
			switch {
			case !can:
				p.end(r, errors.New("it cannot reload: it has no master process, or is not up yet; nothing has changed"), now)
			case !pauses || p.host.Signal(r.pid, pause) != nil:
				p.signal(r, now)
			default:
				r.at, r.next = now.Add(pauseTime), func(now time.Time) { p.signal(r, now) }
			}
		})
	}()
}

// begun says whether all workers have their handlers: uWSGI tells its workers itself to end,
// and one that ignores the signal still, as uWSGI does at its start, holds the reload up for
// a minute, and all others are paused meanwhile.
func (p *Part) begun(r *reload) bool {
	name := p.handling(r.pid).Name
	for _, pid := range p.children(r.pid) {
		h := p.handling(pid)
		// Another name has a daemon of its, and what is no worker ignores the pause.
		if h.Name == name && !h.Ignores(r.config.PauseSignal) && !(h.Catches(r.config.PauseSignal) && h.Catches(r.config.ReloadSignal)) {
			return false
		}
	}
	return true
}

// signal tells the main process, and looks for new workers beside the loop.
func (p *Part) signal(r *reload, now time.Time) {
	sig := r.config.ReloadSignal
	if err := p.host.Signal(r.pid, sig); err != nil {
		p.end(r, errors.New("cannot send "+process.SignalName(sig)+": "+err.Error()), now)
		return
	}
	p.host.Log(r.name, "reloading, sent "+process.SignalName(sig))
	if len(r.before) == 0 {
		p.probe(r, now)
		return
	}
	go func() {
		found := p.await(r, (*Part).replaced, workerTime)
		p.post(r, func(now time.Time) {
			if found {
				p.probe(r, now)
				return
			}
			p.end(r, errors.New("it has got "+process.SignalName(sig)+" and started no new worker within "+workerTime.String()+": see its log"), now)
		})
	}()
}

// replaced says whether there is a worker that was not there before.
func (p *Part) replaced(r *reload) bool {
	return slices.ContainsFunc(p.children(r.pid), func(pid int) bool { return !slices.Contains(r.before, pid) })
}

// await looks into /proc until something is so, for at most limit; false: it is not, or the
// reload is over. It is not for the loop.
func (p *Part) await(r *reload, so func(*Part, *reload) bool, limit time.Duration) (is bool) {
	for end := time.Now().Add(limit); time.Now().Before(end); {
		_ = p.files.Run("read /proc", func() { is = so(p, r) })
		if is {
			return true
		}
		select {
		case <-r.over:
			return false
		case <-time.After(workerLook):
		}
	}
	return false
}

// probe asks the probe of a program that has new workers.
func (p *Part) probe(r *reload, now time.Time) {
	if !r.config.Ready.Asks() {
		p.end(r, nil, now)
		return
	}
	p.host.Probe(r.name, now, func(err error, now time.Time) {
		switch {
		case p.reloads[r.name] != r:
		case err == nil:
			p.end(r, nil, now)
		case now.Sub(r.since) > workerTime:
			p.end(r, errors.New("it is not ready after its reload ("+r.config.Ready.String()+": "+err.Error()+")"), now)
		default:
			r.at, r.next = now.Add(probePause), func(now time.Time) { p.probe(r, now) }
		}
	})
}

// post lets f run in the loop, unless the reload is over by then.
func (p *Part) post(r *reload, f func(now time.Time)) {
	p.host.Post(func() {
		if p.reloads[r.name] == r {
			f(time.Now())
		}
	})
}

// end tells how a reload has gone.
func (p *Part) end(r *reload, err error, now time.Time) {
	p.drop(r)
	p.tell(r, err, now)
}

// drop forgets a reload.
func (p *Part) drop(r *reload) {
	close(r.over)
	delete(p.reloads, r.name)
}

func (p *Part) tell(r *reload, err error, now time.Time) {
	text := "reloaded after " + phrase.Lasted(r.since, now)
	if err != nil {
		text = "not reloaded: " + err.Error()
	}
	p.host.Note(r.name, text, now)
	r.done(err, now)
}
