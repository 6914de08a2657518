package request

import (
	"bytes"
	"errors"
	"os"
	"strconv"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/safefile"
)

// Logs are what programs print, by their full names; a stream is "stdout" or "stderr".
type Logs interface {
	// Tap calls begin with what was printed last, and f, unless it is nil, with what comes
	// from then on; false: it does not pass through us.
	Tap(program, stream string, begin, f func([]byte)) (cancel func(), ok bool)
	// Tail is what was printed last, and how many bytes were printed in all.
	Tail(program, stream string) (last []byte, total int64, ok bool)
	// AutoPath is the log file that has its name from us; "": there is none yet.
	AutoPath(program, stream string) string
	// Clear forgets what was printed.
	Clear(program, stream string)
}

// MainLog is supervisord's own log.
type MainLog interface {
	Tap(begin, f func([]byte)) (cancel func())
	Last() (last []byte, total int64)
	// File is the file that it is written to, with all that has been written; "": none.
	File() string
	Clear()
}

// lastLines is how many lines of a log are shown where nobody says.
const lastLines = 10

// noLog says why there is nothing of what a program prints.
func noLog(name string) string {
	return name + ": its output does not pass through entry-point (log_format = raw, or a terminal): it is in the container's, see docker logs, or set log_format = prefix"
}

// streams are those that a request is about.
func streams(r *control.Request) []string {
	if r.Stream != "" {
		return []string{r.Stream}
	}
	return []string{"stdout", "stderr"}
}

// logs answers with the last lines of programs, and with what comes after.
func (d *Desk) logs(r *control.Request, c *Caller) {
	if r.Main {
		d.mainLogs(r, c)
		return
	}
	found, first := false, ""
	for _, p := range d.named(orAll(r.Names), c) {
		if first == "" {
			first = p.Name
		}
		for _, stream := range streams(r) {
			begin, f := c.tap(r, func(data []byte) *control.Log { return &control.Log{Name: p.Name, Stream: stream, Data: data} })
			end, ok := d.Logs.Tap(p.Name, stream, begin, f)
			found = found || ok
			c.taps = append(c.taps, end)
		}
	}
	switch {
	case !found && first != "":
		c.fail(control.NoLog, noLog(first))
	case !r.Follow || !found:
		c.done()
	case c.gone:
		c.unfollow()
	}
}

// mainLogs is logs of supervisord's own log.
func (d *Desk) mainLogs(r *control.Request, c *Caller) {
	begin, f := c.tap(r, func(data []byte) *control.Log { return &control.Log{Data: data} })
	c.taps = append(c.taps, d.MainLog.Tap(begin, f))
	switch {
	case !r.Follow:
		c.done()
	case c.gone:
		c.unfollow()
	}
}

// tap is what answers with the last lines of a log, and with what comes after; f is nil
// where that is not asked for.
func (c *Caller) tap(r *control.Request, log func([]byte) *control.Log) (begin, f func([]byte)) {
	tell := func(data []byte) { c.reply(&control.Answer{Log: log(data)}) }
	begin = func(last []byte) {
		if last = tailOf(last, r); len(last) > 0 {
			tell(last)
		}
	}
	if r.Follow {
		f = tell
	}
	return begin, f
}

// tailOf is the last lines of data, or the last bytes.
func tailOf(data []byte, r *control.Request) []byte {
	if r.Bytes > 0 {
		return data[max(0, len(data)-r.Bytes):]
	}
	if r.Lines == 0 {
		return tailLines(data, lastLines)
	}
	return tailLines(data, r.Lines)
}

// tailLines returns the last n lines of data; the last may be unfinished.
func tailLines(data []byte, n int) []byte {
	i := len(data)
	if i > 0 && data[i-1] == '\n' {
		i--
	}
	for ; n > 0 && i >= 0; n-- {
		if i = bytes.LastIndexByte(data[:i], '\n'); i < 0 {
			return data
		}
	}
	return data[i+1:]
}

// clear empties the log files of programs, or supervisord's own log.
func (d *Desk) clear(r *control.Request, c *Caller) {
	if r.Main {
		d.MainLog.Clear()
		c.done()
		return
	}
	for _, p := range d.named(r.Names, c) {
		v := fine
		open := d.Processes.ClearLogs(p.Name)
		for _, stream := range streams(&control.Request{}) {
			d.Logs.Clear(p.Name, stream)
			if path := d.logPath(p, stream); path != "" && !open {
				if err := d.empty(path); err != nil && !errors.Is(err, os.ErrNotExist) {
					v = Outcome{Status: control.Failed, Text: err.Error()}
				}
			}
		}
		c.outcome(p, v)
	}
	c.done()
}

// empty empties a log file that no program has open.
func (d *Desk) empty(path string) error {
	return d.Files.Act(offload.Call{Key: "log file " + path, What: "empty log file " + strconv.Quote(path), Path: path}, func() error {
		if err := safefile.Write(path, nil, 0, 0); err != nil {
			return &logs.Error{Verb: "empty log file", Name: path, Err: err}
		}
		return nil
	})
}

// logPath is the log file of a stream; "": it has none, or none yet.
func (d *Desk) logPath(p *Program, stream string) string {
	s := &p.Config.Stdout
	if stream == "stderr" {
		s = &p.Config.Stderr
		if p.Config.RedirectStderr {
			return ""
		}
	}
	for _, t := range s.Targets {
		switch t.Kind {
		case config.TargetFile:
			return t.Path
		case config.TargetAuto:
			return d.Logs.AutoPath(p.Name, stream)
		}
	}
	return ""
}
