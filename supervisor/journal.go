package supervisor

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/visible"
)

// The journal is supervisord's own log (logfile= of [supervisord]), in its format
// and in its words, for whoever reads that file with a program. Our own lines, on
// the container's stderr, are for people.

// supervisord's levels, from the most to the least important.
var levels = [...]struct{ key, word string }{
	{"critical", "CRIT"}, {"error", "ERRO"}, {"warn", "WARN"}, {"info", "INFO"}, {"debug", "DEBG"}, {"trace", "TRAC"}, {"blather", "BLAT"},
}

// journalTime is the time of a line, as Python's logging writes it.
const journalTime = "2006-01-02 15:04:05,000"

// mainLogSize is how much of the journal is kept for those who ask.
const mainLogSize = 16 << 10

// journal writes one line to the journal, if its level is in.
func (s *Supervisor) journal(level, line string) {
	for _, l := range levels {
		if l.word == level {
			line = time.Now().Format(journalTime) + " " + level + " " + visible.Line(line)
			s.mainLog.Add([]byte(line + "\n"))
			if s.journalFile != nil {
				s.journalFile.Print(line)
			}
			return
		}
		if l.key == s.container.LogLevel {
			return
		}
	}
}

// record writes a change of state to the journal.
func (s *Supervisor) record(u *unit, c program.Change) {
	name := u.Config.Name
	switch c.To {
	case program.Running:
		seconds := strconv.Itoa(int(u.Config.StartSecs / time.Second))
		s.journal("INFO", "success: "+name+" entered RUNNING state, process has stayed up for > than "+seconds+" seconds (startsecs)")
	case program.Backoff:
		switch {
		case c.From != program.Starting:
		case u.spawnErr != "":
			s.journal("INFO", "spawnerr: "+u.spawnErr)
		default:
			s.journal("WARN", "exited: "+name+" ("+inPython(u.Status)+"; not expected)")
		}
	case program.Exited:
		if u.Expected() {
			s.journal("INFO", "exited: "+name+" ("+inPython(u.Status)+"; expected)")
		} else {
			s.journal("WARN", "exited: "+name+" ("+inPython(u.Status)+"; not expected)")
		}
	case program.Fatal:
		s.journal("INFO", "gave up: "+name+" entered FATAL state, too many start retries too quickly")
	case program.Stopped:
		level := "WARN"
		if u.Expected() {
			level = "INFO"
		}
		s.journal(level, "stopped: "+name+" ("+inPython(u.Status)+")")
	}
}

// inPython is a wait status in supervisord's words.
func inPython(status syscall.WaitStatus) string {
	if !status.Signaled() {
		return "exit status " + strconv.Itoa(status.ExitStatus())
	}
	return strings.Replace(process.Describe(status), "killed by", "terminated by", 1)
}

// spawnError is why a process could not be started, in supervisord's words.
func spawnError(command string, err error) string {
	switch process.StartCode(err) {
	case process.CodeNotFound:
		return "can't find command '" + command + "'"
	case process.CodeCannotExecute:
		return "command at '" + command + "' is not executable"
	}
	return err.Error()
}
