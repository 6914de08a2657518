package supervisor

import (
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
	"entrypoint/supervisor/usage"
)

// A program reloads in four steps: its check says that the new configuration will
// do; its signal tells the main process; that starts workers which were not there
// before; and the program's probe says yes. A check that fails changes nothing.
//
// uWSGI's workers end at once on a reload if they have no request, and one that has
// accepted a connection and not begun to read from it counts as such: its client
// is cut off. So they are paused first: they go on to the end of what they have
// accepted, and take nothing new. Who comes meanwhile waits in the socket's queue.

// reloading is one that goes on. That of an earlier process is over.
type reloading struct {
	pid   int
	since time.Time
	tell  func(outcome)
}

// Times of a reload.
const (
	checkTime  = 30 * time.Second // for the check
	workerTime = 60 * time.Second // until there are new workers, and the probe says yes
	workerLook = 20 * time.Millisecond
	probeAgain = 200 * time.Millisecond // before the probe is asked once more
	pauseTime  = 100 * time.Millisecond // in which a worker begins what it has accepted
)

// reloadPrograms lets programs read their own configuration again, and answers with
// a result for each.
func (s *Supervisor) reloadPrograms(r control.Request, c *caller, now time.Time) {
	if s.refuses(c) {
		return
	}
	units := s.named(r.Names, c)
	tellEach(units, c, func(i int, tell func(outcome)) { s.reloadProgram(units[i], now, tell) })
}

func (s *Supervisor) reloadProgram(u *unit, now time.Time, tell func(outcome)) {
	c := u.Config
	switch {
	case u.State != program.Running || !u.reachable():
		tell(outcome{status: control.NotRunning, text: "not running"})
		return
	case c.ReloadSignal == 0 && c.NoReload != "":
		tell(outcome{status: control.Failed, text: c.NoReload})
		return
	case c.ReloadSignal == 0:
		tell(outcome{status: control.Failed, text: "it is not known how it reloads: set reload_signal, or restart it"})
		return
	case u.reloading != nil:
		tell(outcome{status: control.Failed, text: "a reload goes on already"})
		return
	}
	l := &reloading{pid: u.PID, since: now, tell: tell}
	u.reloading = l
	if c.ReloadCheck == nil {
		s.sendReload(u, l)
		return
	}
	s.checkReload(u, l, now)
}

// checkReload asks the check of a program. One that the container has no room for
// is tried again for as long as a check may take.
func (s *Supervisor) checkReload(u *unit, l *reloading, now time.Time) {
	s.run(u, u.Config.ReloadCheck, nil, checkTime, now, func(err error, lines []string) {
		switch {
		case u.reloading != l:
		case s.meets(u.name, err, now) && now.Sub(l.since) < checkTime:
			time.AfterFunc(time.Second, func() {
				s.post(func() {
					if u.reloading == l {
						s.checkReload(u, l, time.Now())
					}
				})
			})
		case shortage.Of(err) != 0 || isLate(err):
			s.endReload(u, l, outcome{status: control.Failed, text: "its configuration cannot be checked, nothing has changed: " + err.Error()})
		case err != nil:
			for _, line := range lines {
				s.Log(u.name + ": " + line)
			}
			said := strings.Join(lines, "; ")
			if said == "" {
				said = err.Error()
			}
			s.endReload(u, l, outcome{status: control.Failed, text: "its configuration is bad, nothing has changed: " + said})
		default:
			s.sendReload(u, l)
		}
	})
}

// sendReload pauses a program that can be paused, and has it told.
func (s *Supervisor) sendReload(u *unit, l *reloading) {
	pause, caught := u.Config.PauseSignal, u.Config.ReloadCaught
	go func() {
		var before []int
		pauses, can := false, true
		_ = s.Files.Run("read /proc", func() {
			before = usage.Children(l.pid)
			// One that is only about to be ready for the signal would be stopped by it.
			pauses = pause != 0 && usage.Catches(l.pid, pause)
			can = caught == 0 || usage.Catches(l.pid, caught)
		})
		s.post(func() {
			if u.reloading != l {
				return
			}
			if !can {
				s.endReload(u, l, outcome{status: control.Failed, text: "it cannot reload: it has no master process, or is not up yet; nothing has changed"})
				return
			}
			if !pauses || s.Table.Signal(l.pid, pause) != nil {
				s.tellReload(u, l, before)
				return
			}
			time.AfterFunc(pauseTime, func() { s.post(func() { s.tellReload(u, l, before) }) })
		})
	}()
}

// tellReload tells the main process, and looks for new workers beside the loop.
func (s *Supervisor) tellReload(u *unit, l *reloading, before []int) {
	if u.reloading != l {
		return
	}
	sig := u.Config.ReloadSignal
	if err := s.Table.Signal(l.pid, sig); err != nil {
		s.endReload(u, l, outcome{status: control.Failed, text: "cannot send " + process.SignalName(sig) + ": " + err.Error()})
		return
	}
	s.Log(u.name + ": reloading, sent " + process.SignalName(sig))
	if len(before) == 0 {
		s.reloadAnswered(u, l)
		return
	}
	go func() {
		for end := time.Now().Add(workerTime); time.Now().Before(end); time.Sleep(workerLook) {
			var now []int
			_ = s.Files.Run("read /proc", func() { now = usage.Children(l.pid) })
			if slices.ContainsFunc(now, func(pid int) bool { return !slices.Contains(before, pid) }) {
				s.post(func() { s.reloadAnswered(u, l) })
				return
			}
		}
		s.post(func() {
			s.endReload(u, l, outcome{status: control.Failed, text: "it has got " + process.SignalName(sig) + " and started no new worker within " + workerTime.String() + ": see its log"})
		})
	}()
}

// reloadAnswered asks the probe of a program that has new workers.
func (s *Supervisor) reloadAnswered(u *unit, l *reloading) {
	if u.reloading != l {
		return
	}
	if !u.Config.Ready.Asks() {
		s.endReload(u, l, fine)
		return
	}
	s.checks.Probe(u.name, time.Now(), func(err error, now time.Time) {
		switch {
		case err == nil:
			s.endReload(u, l, fine)
		case now.Sub(l.since) > workerTime:
			s.endReload(u, l, outcome{status: control.Failed, text: "it is not ready after its reload (" + u.Config.Ready.String() + ": " + err.Error() + ")"})
		default:
			time.AfterFunc(probeAgain, func() { s.post(func() { s.reloadAnswered(u, l) }) })
		}
	})
}

// endReload tells how a reload has gone.
func (s *Supervisor) endReload(u *unit, l *reloading, v outcome) {
	if u.reloading != l {
		return
	}
	u.reloading = nil
	now := time.Now()
	text := "reloaded after " + lasted(l.since, now)
	if v != fine {
		text = "not reloaded: " + v.text
	}
	s.remark(u, text, now)
	l.tell(v)
}

// cutReload ends a reload whose process has ended, or is going to.
func (s *Supervisor) cutReload(u *unit) {
	if l := u.reloading; l != nil && (u.PID != l.pid || !u.isUp()) {
		s.endReload(u, l, outcome{status: control.Failed, text: "its process has ended meanwhile"})
	}
}
