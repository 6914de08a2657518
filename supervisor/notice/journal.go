package notice

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/visible"
)

// Journal is supervisord's own log (logfile= of [supervisord]), in its format and in its
// words, for whoever reads that file with a program. Its last lines are kept for those
// who ask for them, whether there is a file or not.
type Journal struct {
	stream func(stream int, line string) // puts a line into a stream of the container; nil: nowhere
	to     int                           // the stream, 1 or 2; 0: none
	level  string                        // the least important one that is written
	file   *logs.LogFile                 // nil: none
	last   *logs.Ring
	// Mask hides the secrets in a line; nil: there are none. It is set before the first.
	Mask func(text string) string
}

// supervisord's levels, from the most to the least important.
var levels = [...]struct{ key, word string }{
	{"critical", "CRIT"}, {"error", "ERRO"}, {"warn", "WARN"}, {"info", "INFO"}, {"debug", "DEBG"}, {"trace", "TRAC"}, {"blather", "BLAT"},
}

// journalTime is the time of a line, as Python's logging writes it.
const journalTime = "2006-01-02 15:04:05,000"

// journalSize is how much of the journal is kept for those who ask.
const journalSize = 16 << 10

// NewJournal returns a journal without a file. stream puts a line into a stream of the
// container, 1 or 2, where the configuration wants that; nil: nothing does.
func NewJournal(stream func(stream int, line string)) *Journal {
	return &Journal{stream: stream, last: logs.NewRing(journalSize)}
}

// Set takes over what the configuration says.
func (j *Journal) Set(c *config.Container) { j.level, j.to = c.LogLevel, c.LogStream }

// Open lets the journal be written to a file as well.
func (j *Journal) Open(file *logs.LogFile) { j.file = file }

// Recent are the last lines, for who wants to read, follow or forget them.
func (j *Journal) Recent() *logs.Ring { return j.last }

// HasFile says whether the journal is written to a file.
func (j *Journal) HasFile() bool { return j.file != nil }

// Flush waits for what is on its way to the file, for at most d.
func (j *Journal) Flush(d time.Duration) {
	if j.file != nil {
		j.file.Flush(d)
	}
}

// Reopen opens the file again by its name, as logrotate(8) wants it.
func (j *Journal) Reopen() {
	if j.file != nil {
		j.file.Reopen()
	}
}

// Clear empties the file and forgets the last lines.
func (j *Journal) Clear() {
	j.last.Clear()
	if j.file != nil {
		j.file.Clear()
	}
}

// Close writes what is on its way to the file, for at most d.
func (j *Journal) Close(d time.Duration) {
	if j.file != nil {
		j.file.Close(d)
	}
}

// Take writes what supervisord would write.
func (j *Journal) Take(n *Notice) {
	switch f := n.Fact.(type) {
	case Complaint:
		j.write(f.Level, f.Text)
	case Serving:
		j.serving(f)
	case Socket:
		verb := "Closing"
		if f.Opened {
			verb = "Creating"
		}
		j.write("INFO", verb+" socket "+f.URL)
	case Started:
		j.write("INFO", "spawned: '"+n.Config.Name+"' with pid "+strconv.Itoa(f.PID))
	case *Changed:
		for _, c := range program.Changes(&f.Before, &f.After) {
			j.changed(f, c)
		}
	case Killing:
		j.write("WARN", "killing '"+n.Config.Name+"' ("+strconv.Itoa(f.PID)+") with SIGKILL")
	case Orphan:
		if j.file != nil || j.to != 0 { // else there may be very many of them for nobody
			j.write("INFO", "reaped unknown pid "+strconv.Itoa(f.PID)+" ("+inPython(f.Status)+")")
		}
	case Signalled:
		switch f.For {
		case Reload:
			j.write("WARN", "received "+f.Name+" indicating restart request")
		case Reopen:
			j.write("INFO", "received "+f.Name+" indicating log reopen request")
			j.write("INFO", "supervisord logreopen")
		}
	case EndAsked:
		if !f.Again {
			j.write("WARN", "received "+f.By+" indicating exit request")
		}
	case RestartAsked:
		j.write("WARN", "received request to restart")
	case Ending:
		if len(f.Waiting) > 0 {
			j.write("INFO", "waiting for "+strings.Join(f.Waiting, ", ")+" to die")
		}
	}
}

// write writes one line, if its level is in.
func (j *Journal) write(level, line string) {
	for _, l := range levels {
		if l.word == level {
			if j.Mask != nil {
				line = j.Mask(line)
			}
			j.add(level, visible.Line(line))
			return
		}
		if l.key == j.level {
			return
		}
	}
}

// add puts a line with its time and level into what is kept, and into the file and the
// stream, if there are any. Each change of state makes a line, so it is allocated once.
func (j *Journal) add(level, line string) {
	text := make([]byte, 0, len(journalTime)+len(level)+len(line)+len("  \n"))
	text = time.Now().AppendFormat(text, journalTime)
	text = append(append(append(append(append(text, ' '), level...), ' '), line...), '\n')
	j.last.Add(text)
	if j.to == 0 && j.file == nil {
		return
	}
	line = string(text[:len(text)-1])
	if j.to != 0 && j.stream != nil {
		j.stream(j.to, line)
	}
	if j.file != nil {
		j.file.Print(line)
	}
}

// serving writes what comes first. Whoever serves is named as in supervisord, which has
// one name for all sockets of a kind.
func (j *Journal) serving(f Serving) {
	for i := range f.Servers {
		server := &f.Servers[i]
		if i == 0 {
			j.write("INFO", "RPC interface 'supervisor' initialized")
		}
		if server.Password == "" {
			kind := "inet_http_server"
			if server.Network == "unix" {
				kind = "unix_http_server"
			}
			j.write("CRIT", "Server '"+kind+"' running without any HTTP authentication checking")
		}
	}
	j.write("INFO", "supervisord started with pid "+strconv.Itoa(f.PID))
}

// changed writes one change of state, as supervisord sees it.
func (j *Journal) changed(f *Changed, c program.Change) {
	p := &f.After
	name := p.Config.Name
	switch c.To {
	case program.Running:
		seconds := strconv.Itoa(int(p.Config.StartSecs / time.Second))
		j.write("INFO", "success: "+name+" entered RUNNING state, process has stayed up for > than "+seconds+" seconds (startsecs)")
	case program.Backoff:
		switch {
		case c.From != program.Starting:
		case f.SpawnErr != "":
			j.write("INFO", "spawnerr: "+f.SpawnErr)
		default:
			j.write("WARN", "exited: "+name+" ("+inPython(p.Status)+"; not expected)")
		}
	case program.Exited:
		if p.Expected() {
			j.write("INFO", "exited: "+name+" ("+inPython(p.Status)+"; expected)")
		} else {
			j.write("WARN", "exited: "+name+" ("+inPython(p.Status)+"; not expected)")
		}
	case program.Fatal:
		j.write("INFO", "gave up: "+name+" entered FATAL state, too many start retries too quickly")
	case program.Stopped:
		level := "WARN"
		if p.Expected() {
			level = "INFO"
		}
		j.write(level, "stopped: "+name+" ("+inPython(p.Status)+")")
	}
}

// inPython is a wait status in supervisord's words.
func inPython(status syscall.WaitStatus) string {
	if !status.Signaled() {
		return "exit status " + strconv.Itoa(status.ExitStatus())
	}
	return strings.Replace(process.Describe(status), "killed by", "terminated by", 1)
}
