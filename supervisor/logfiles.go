package supervisor

import (
	"slices"
	"strconv"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/shortage"
)

// logsTime is how long the end of the container waits for a slow reader of what
// has been printed, beside the time that its stop budget has left.
const logsTime = time.Second

// openLogs opens the journal, if there is to be one, and removes the log files
// with names of their own that an earlier run has left.
func (s *Supervisor) openLogs() {
	c := &s.container
	if !c.KeepAutoLogs && s.hasAutoLogs() {
		if err := s.Files.Act(offload.Call{Key: logs.AutoLogs, What: "remove the log files of an earlier run", Path: c.ChildLogDir}, func() error {
			return logs.RemoveAutoLogs(c.ChildLogDir, c.Identifier)
		}); err != nil {
			s.Log(err.Error())
		}
	}
	if c.Logfile != "" {
		s.openJournal()
	}
}

// openJournal opens the file of the journal, as soon as that can be done.
func (s *Supervisor) openJournal() {
	c := s.container
	file, err := offload.Do(s.Files, offload.Call{Key: "journal", What: "open log file " + strconv.Quote(c.Logfile), Path: c.Logfile}, func() (*logs.LogFile, error) {
		return logs.OpenLog(c.Logfile, c.LogMaxBytes, c.LogBackups, s.notices.print)
	}, func(f *logs.LogFile) { f.Close(0) })
	switch {
	case err == nil:
		s.notices.journal.Open(file)
	case s.meets("log file", err, time.Now()):
		time.AfterFunc(shortage.RetryTime, func() { s.post(s.openJournal) })
	default:
		s.Log(err.Error())
	}
}

// hasAutoLogs says whether a program logs to a file with a name of its own.
func (s *Supervisor) hasAutoLogs() bool {
	auto := func(t config.Target) bool { return t.Kind == config.TargetAuto }
	return slices.ContainsFunc(s.units, func(u *unit) bool {
		return slices.ContainsFunc(u.Config.Stdout.Targets, auto) || slices.ContainsFunc(u.Config.Stderr.Targets, auto)
	})
}

// reopenLogs opens log files again by their names, as logrotate(8) wants it.
func (s *Supervisor) reopenLogs() {
	s.Output.Reopen()
	s.notices.journal.Reopen()
}

// reopenPrograms lets the programs that have log files of their own open them
// again. One that is not ready yet may not know the signal, and die of it.
func (s *Supervisor) reopenPrograms(now time.Time) {
	for _, u := range s.units {
		sig := u.Config.ReopenSignal
		if sig == 0 || !u.Ready || !u.reachable() {
			continue
		}
		if err := s.Table.Signal(u.PID, sig); err != nil {
			s.refused(u, sig, err, now)
			continue
		}
		s.tell(u, now, notice.ReopenSent{Signal: sig})
	}
}

// closeLogs writes what is still on its way. A reader that does not read gets a
// bounded time and no more.
func (s *Supervisor) closeLogs(now time.Time) {
	limit := logsTime
	if s.state.Requested() { // within the budget, and never longer than whoever stops us may wait
		limit /= 4
	}
	if left := s.state.Deadline.Sub(now); !s.state.Deadline.IsZero() && left > limit {
		limit = left
	}
	s.Output.Drain(limit)
	s.notices.journal.Close(logsTime)
	s.shutdown.wrote = time.Since(now)
}
