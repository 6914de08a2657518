package supervisor

import (
	"syscall"
	"time"

	"entrypoint/supervisor/diagnosis"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/notice"
)

// bad says whether an end of u with this status is one whose cause is looked for.
func (u *unit) bad(status syscall.WaitStatus) bool { return u.diagnosis.Bad(u.Program, status) }

// search looks for who has the port that a process wanted, and says whether it does so.
// The end of the process waits for that.
func (s *Supervisor) search(u *unit, d *incarnation.PendingExit) bool {
	if !d.Printed() || !u.bad(d.Exit.Status) {
		return false
	}
	now := time.Now()
	d.Facts.Last, d.Facts.Errors = s.lastWords(d)
	if !s.examiner.Search(&d.Facts, u.Config, now, func() {
		if u.pending() == d {
			s.died(u, d)
		}
	}) {
		return false
	}
	d.Until = now.Add(diagnosis.SearchTime)
	return true
}

// lastWords are what a process has printed last. We quote it, so its secrets are hidden,
// here, before a long line is cut: of one that was cut a part would be shown.
func (s *Supervisor) lastWords(d *incarnation.PendingExit) (lines []string, errors int) {
	lines, errors = d.LastWords()
	if s.Mask != nil {
		for i := range lines {
			lines[i] = s.Mask(lines[i])
		}
	}
	return lines, errors
}

// diagnose finds out why a process has ended, before its program hears of its end.
func (s *Supervisor) diagnose(u *unit, d *incarnation.PendingExit) {
	if d.Exit.Err != nil && u.bad(d.Exit.Status) {
		u.spawnErr = notice.SpawnError(u.Config.Command[0], d.Exit.Err)
	}
	e := diagnosis.End{
		Name: u.name, Program: u.Program, Exit: d.Exit, At: d.At, Order: u.order, StopSince: u.stopAt,
		Ending: s.state.Final(), Asked: s.state.Requested(), Facts: &d.Facts,
	}
	if d.Printed() {
		e.Last = func() ([]string, int) { return s.lastWords(d) }
	}
	u.diagnosis = s.examiner.Diagnose(&u.diagnosis, &e)
}

// HolderOf is the program that has this process group (0: not known), or is known to have
// one of these sockets; "": none has.
func (h *host) HolderOf(group int, sockets []string) (name string) {
	for _, u := range h.s.units {
		if group != 0 && u.Group == group || h.s.parts.check.Holds(u.name, sockets) {
			name = u.name
		}
	}
	return name
}

// RemarkAll tells something about the whole container.
func (h *host) RemarkAll(text string, now time.Time) { h.s.remark(nil, text, now) }
