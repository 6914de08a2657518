package supervisor

import (
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/watch"
)

// watch watches the files whose change restarts u, from before its first start on:
// a change right after the start, when the process has read them, counts.
func (s *Supervisor) watch(u *unit, binary string) {
	c := u.Config
	if u.watched || !c.Watch.Binary && c.Watch.Directory == "" {
		return
	}
	u.watched = true
	if s.watcher == nil {
		s.watcher = watch.New(
			func(name string, c watch.Change) { s.post(func() { s.fileChanged(name, c, time.Now()) }) },
			s.notices.print, s.Files)
	}
	if err := s.watcher.Add(u.name, binary, c.Watch); err != nil {
		if !isLate(err) { // which has been said
			s.Log(u.name + ": " + err.Error())
		}
		if s.meets(u.name, err, time.Now()) {
			u.watched = false
			time.AfterFunc(retryTime, func() {
				s.post(func() {
					if live(u) && !u.removed() && s.state.Grants(program.Restart) {
						s.watch(u, binary)
					}
				})
			})
		}
	}
}

// unwatch ends what watch began.
func (s *Supervisor) unwatch(u *unit) {
	if u.watched {
		u.watched = false
		_ = s.watcher.Remove(u.name) // what is told of it in spite of that means nothing
	}
}

// fileChanged restarts a program whose files have changed, or sends it the
// signals that are to tell it. One that is at rest stays so.
func (s *Supervisor) fileChanged(name string, c watch.Change, now time.Time) {
	u := s.byName[name]
	if u == nil || !u.watched || u.removed() || !live(u) || !s.state.Grants(program.Restart) {
		return
	}
	what, signals := "its binary has changed", u.Config.Watch.BinarySignals
	if c == watch.Files {
		what, signals = "files in "+u.Config.Watch.Directory+" have changed", u.Config.Watch.FileSignals
	}
	if len(signals) == 0 {
		s.Log(u.name + ": " + what + ", restarting it")
		u.order = "because " + what
		s.apply(u, now, program.Event{Kind: program.Restart})
		return
	}
	for _, sig := range signals {
		s.sendChanged(u, sig, what, now)
	}
}

// sendChanged sends a signal that does not stop a program.
func (s *Supervisor) sendChanged(u *unit, sig syscall.Signal, why string, now time.Time) {
	if !u.reachable() {
		return
	}
	s.Log(u.name + ": " + why + ", sending " + process.SignalName(sig))
	if err := s.Table.Signal(u.PID, sig); err != nil {
		s.sent(u, sig, err, now)
	}
}
