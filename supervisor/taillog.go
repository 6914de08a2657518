package supervisor

import (
	"bytes"

	"entrypoint/supervisor/control"
)

// lastLines is how many lines of a log are shown where nobody says.
const lastLines = 10

// noLog says why there is nothing of what a program prints.
func noLog(name string) string {
	return name + ": its output does not pass through entry-point (log_format = raw): it is in the container's, see docker logs, or set log_format = prefix"
}

// streams are those that a request is about.
func streams(r control.Request) []string {
	if r.Stream != "" {
		return []string{r.Stream}
	}
	return []string{"stdout", "stderr"}
}

// tellLogs answers with the last lines of programs, and with what comes after.
func (s *Supervisor) tellLogs(r control.Request, c *caller) {
	lines := r.Lines
	if lines == 0 {
		lines = lastLines
	}
	found, first := false, ""
	for _, u := range s.named(orAll(r.Names), c) {
		if first == "" {
			first = u.name
		}
		for _, stream := range streams(r) {
			tell := func(data []byte) {
				c.reply(control.Answer{Log: &control.Log{Name: u.name, Stream: stream, Data: data}})
			}
			f := tell
			if !r.Follow {
				f = nil
			}
			end, ok := s.Output.Tap(u.name, stream, func(last []byte) {
				if last = tailLines(last, lines); len(last) > 0 {
					tell(last)
				}
			}, f)
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
		s.unfollow(c)
	}
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

// readLog answers with a part of what is known of a log, as supervisord's readLog
// counts: a negative offset from the end, a length of 0 to the end.
func (s *Supervisor) readLog(r control.Request, c *caller) {
	for _, u := range s.named(r.Names, c) {
		for _, stream := range streams(r) {
			data, ok := s.Output.Tail(u.name, stream)
			if !ok {
				if r.Stream != "" {
					c.fail(control.NoLog, noLog(u.name))
					return
				}
				continue
			}
			c.reply(control.Answer{Log: &control.Log{Name: u.name, Stream: stream, Data: part(data, r.Offset, r.Length)}})
		}
	}
	c.done()
}

func part(data []byte, offset, length int64) []byte {
	size := int64(len(data))
	if offset < 0 {
		offset = max(0, size+offset)
	}
	data = data[min(offset, size):]
	if length > 0 {
		data = data[:min(length, int64(len(data)))]
	}
	return data
}

// clearLogs empties the log files of programs.
func (s *Supervisor) clearLogs(r control.Request, c *caller) {
	for _, u := range s.named(r.Names, c) {
		result := control.Result{Name: u.Config.Name, Group: u.Config.Group, Status: control.OK}
		if u.output == nil {
			result.Status, result.Text = control.Failed, "it does not run, or its output does not pass through entry-point"
		} else {
			u.output.clear()
		}
		c.result(result)
	}
	c.done()
}

// clear empties the log files of both streams.
func (o *output) clear() {
	for _, stream := range o.streams {
		if stream != nil {
			stream.Clear()
		}
	}
}
