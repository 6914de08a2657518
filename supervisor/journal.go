package supervisor

import (
	"errors"
	"os"
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
			if s.container.LogStream != 0 && s.Journal != nil {
				s.Journal(s.container.LogStream, line)
			}
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

// journaled says whether the journal goes anywhere but to those who ask for its end.
func (s *Supervisor) journaled() bool { return s.journalFile != nil || s.container.LogStream != 0 }

// journalStart writes what comes first. Whoever serves is named as in supervisord,
// which has one name for all sockets of a kind.
func (s *Supervisor) journalStart() {
	for i := range s.container.Servers {
		server := &s.container.Servers[i]
		if i == 0 {
			s.journal("INFO", "RPC interface 'supervisor' initialized")
		}
		if server.Password == "" {
			kind := "inet_http_server"
			if server.Network == "unix" {
				kind = "unix_http_server"
			}
			s.journal("CRIT", "Server '"+kind+"' running without any HTTP authentication checking")
		}
	}
	s.journal("INFO", "supervisord started with pid "+strconv.Itoa(os.Getpid()))
}

// journalWaiting writes for whom the container's end waits.
func (s *Supervisor) journalWaiting() {
	var names []string
	for _, u := range s.units {
		if live(u) {
			names = append(names, u.Config.Name)
		}
	}
	if len(names) > 0 {
		s.journal("INFO", "waiting for "+strings.Join(names, ", ")+" to die")
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

// missingError is that the command of a program is not there, or is nothing that could
// be executed, as was found out before anything was started.
type missingError struct{ error }

func (e missingError) Unwrap() error { return e.error }

func missingAs(err error) error {
	if err == nil {
		return nil
	}
	return missingError{err}
}

// spawnError is why a process could not be started: in supervisord's words where it
// looks for the same, else in ours. supervisord's child would only end with 127.
func spawnError(command string, err error) string {
	if missing := (missingError{}); errors.As(err, &missing) {
		return notFound(command, missing.error)
	}
	return err.Error()
}

// notFound is what is wrong with a command's file, in supervisord's words.
func notFound(command string, err error) string {
	switch command = "'" + command + "'"; {
	case process.StartCode(err) == process.CodeNotFound:
		return "can't find command " + command
	case errors.Is(err, syscall.EISDIR):
		return "command at " + command + " is a directory"
	case process.NobodyMay(err):
		return "command at " + command + " is not executable"
	case errors.Is(err, syscall.EACCES):
		return "no permission to run command " + command
	}
	return err.Error()
}

// badEnd is why the last end of u was bad, in supervisord's words; "": it was not, or
// there was none.
func (u *unit) badEnd() string {
	switch {
	case u.State == program.Backoff, u.State == program.Fatal:
		return tooQuick
	case u.State != program.Exited || u.Expected():
		return ""
	case u.Status.Signaled():
		return "Bad exit code -1"
	}
	return "Bad exit code " + strconv.Itoa(u.Status.ExitStatus())
}
