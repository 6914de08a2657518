package supervisor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/safefile"
)

// lastLines is how many lines of a log are shown where nobody says.
const lastLines = 10

// noLog says why there is nothing of what a program prints.
func noLog(name string) string {
	return name + ": its output does not pass through entry-point (log_format = raw, or a terminal): it is in the container's, see docker logs, or set log_format = prefix"
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
	if r.Main {
		s.tellMain(r, c)
		return
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
				if last = tailOf(last, r); len(last) > 0 {
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
		c.unfollow()
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

// maxRead is how much of a log is in one answer: the first of what is asked for.
const maxRead = 1 << 20

// readLog answers with a part of a log, as supervisord's readLog counts: a
// negative offset from the end, a length of 0 to the end. Of a program that has a
// log file that is read, beside the loop; of others the last is known.
func (s *Supervisor) readLog(r control.Request, c *caller) {
	if r.Main {
		s.readMain(r, c)
		return
	}
	var files []control.Log // with a path in place of data
	for _, u := range s.named(r.Names, c) {
		for _, stream := range streams(r) {
			if path := s.logPath(u, stream); path != "" {
				files = append(files, control.Log{Name: u.name, Stream: stream, Data: []byte(path)})
				continue
			}
			data, total, ok := s.Output.Tail(u.name, stream)
			if !ok {
				if r.Stream != "" {
					c.fail(control.NoLog, noLog(u.name))
					return
				}
				continue
			}
			c.reply(control.Answer{Log: ringPart(u.name, stream, data, total, r)})
		}
	}
	if len(files) == 0 {
		c.done()
		return
	}
	s.readFiles(files, r, c)
}

// readFiles has log files read beside the loop.
func (s *Supervisor) readFiles(files []control.Log, r control.Request, c *caller) {
	go func() {
		if err := s.Files.Run("read log files", func() { readFiles(files, r, c) }); err != nil {
			c.fail(control.Failed, err.Error())
		}
	}()
}

// readFiles answers with parts of log files.
func readFiles(files []control.Log, r control.Request, c *caller) {
	for _, l := range files {
		path := string(l.Data)
		part, err := filePart(path, r.Offset, r.Length)
		if err != nil {
			c.fail(control.NoLog, err.Error())
			return
		}
		part.Name, part.Stream = l.Name, l.Stream
		c.reply(control.Answer{Log: part})
	}
	c.done()
}

// filePart reads a part of a file.
func filePart(path string, offset, length int64) (*control.Log, error) {
	f, info, err := safefile.OpenRegular(path)
	if err != nil {
		return nil, &logs.Error{Verb: "read log file", Name: path, Err: err}
	}
	defer f.Close()
	l := &control.Log{Size: info.Size()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		l.File = strconv.FormatUint(uint64(stat.Dev), 10) + ":" + strconv.FormatUint(stat.Ino, 10)
	}
	l.Offset, length = span(offset, length, 0, l.Size)
	l.Data = make([]byte, length)
	n, err := f.ReadAt(l.Data, l.Offset)
	if l.Data = l.Data[:n]; err != nil && err != io.EOF {
		return nil, err
	}
	return l, nil
}

// ringPart is a part of what is kept of a stream that has no file.
func ringPart(name, stream string, data []byte, total int64, r control.Request) *control.Log {
	first := total - int64(len(data))
	l := &control.Log{Name: name, Stream: stream, Size: total}
	offset, length := span(r.Offset, r.Length, first, total)
	l.Offset, l.Data = offset, data[offset-first:offset-first+length]
	return l
}

// span is the part from offset on of a log that is there from first to size.
func span(offset, length, first, size int64) (from, n int64) {
	if offset < 0 {
		offset = size + offset
	}
	offset = min(max(offset, first), size)
	n = size - offset
	if length > 0 {
		n = min(n, length)
	}
	return offset, min(n, maxRead)
}

// readMain is readLog of supervisord's own log.
func (s *Supervisor) readMain(r control.Request, c *caller) {
	if s.notices.journal.HasFile() {
		s.notices.journal.Flush(100 * time.Millisecond)
		s.readFiles([]control.Log{{Data: []byte(s.container.Logfile)}}, r, c)
		return
	}
	data, total := s.notices.journal.Last().Last()
	c.reply(control.Answer{Log: ringPart("", "", data, total, r)})
	c.done()
}

// tellMain is tellLogs of supervisord's own log.
func (s *Supervisor) tellMain(r control.Request, c *caller) {
	tell := func(data []byte) { c.reply(control.Answer{Log: &control.Log{Data: data}}) }
	f := tell
	if !r.Follow {
		f = nil
	}
	end := s.notices.journal.Last().Tap(func(last []byte) {
		if last = tailOf(last, r); len(last) > 0 {
			tell(last)
		}
	}, f)
	c.taps = append(c.taps, end)
	switch {
	case !r.Follow:
		c.done()
	case c.gone:
		c.unfollow()
	}
}

// tailOf is the last lines of data, or the last bytes.
func tailOf(data []byte, r control.Request) []byte {
	if r.Bytes > 0 {
		return data[max(0, len(data)-r.Bytes):]
	}
	if r.Lines == 0 {
		return tailLines(data, lastLines)
	}
	return tailLines(data, r.Lines)
}

// clearLogs empties the log files of programs, or supervisord's own log.
func (s *Supervisor) clearLogs(r control.Request, c *caller) {
	if r.Main {
		s.notices.journal.Clear()
		c.done()
		return
	}
	for _, u := range s.named(r.Names, c) {
		result := control.Result{Name: u.Config.Name, Group: u.Config.Group, Status: control.OK}
		open := u.process != nil && u.process.ClearLogs()
		for _, stream := range streams(control.Request{}) {
			s.Output.Clear(u.name, stream)
			if path := s.logPath(u, stream); path != "" && !open {
				if err := s.empty(path); err != nil && !errors.Is(err, os.ErrNotExist) {
					result.Status, result.Text = control.Failed, err.Error()
				}
			}
		}
		c.result(result)
	}
	c.done()
}

// empty empties a log file that no program has open.
func (s *Supervisor) empty(path string) error {
	_, err := offload.Do(s.Files, offload.Call{Key: "log file " + path, What: "empty log file " + strconv.Quote(path), Path: path}, func() (struct{}, error) {
		if err := safefile.Write(path, nil, 0, 0); err != nil {
			return struct{}{}, &logs.Error{Verb: "empty log file", Name: path, Err: err}
		}
		return struct{}{}, nil
	}, nil)
	return err
}
