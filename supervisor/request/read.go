package request

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/safefile"
)

// maxRead is how much of a log is in one answer: the first of what is asked for.
const maxRead = 1 << 20

// read answers with a part of a log, as supervisord's readLog counts: a negative offset
// from the end, a length of 0 to the end. Of a program that has a log file that is read,
// beside the loop; of others the last is known. A backup that is not there is empty.
func (d *Desk) read(r *control.Request, c *Caller) {
	if r.Main {
		d.readMain(r, c)
		return
	}
	var files []control.Log // with a path in place of data
	for _, p := range d.named(r.Names, c) {
		for _, stream := range streams(r) {
			if path := d.logPath(p, stream); path != "" {
				files = append(files, control.Log{Name: p.Name, Stream: stream, Data: []byte(path)})
				continue
			}
			data, total, ok := d.Logs.Tail(p.Name, stream)
			if !ok {
				if r.Stream != "" {
					c.fail(control.NoLog, noLog(p.Name))
					return
				}
				continue
			}
			c.reply(&control.Answer{Log: ringPart(p.Name, stream, data, total, r)})
		}
	}
	if len(files) == 0 {
		c.done()
		return
	}
	d.readFiles(files, r, c)
}

// readMain is read of supervisord's own log.
func (d *Desk) readMain(r *control.Request, c *Caller) {
	if path := d.MainLog.File(); path != "" {
		d.readFiles([]control.Log{{Data: []byte(path)}}, r, c)
		return
	}
	data, total := d.MainLog.Last()
	c.reply(&control.Answer{Log: ringPart("", "", data, total, r)})
	c.done()
}

// readFiles has log files read beside the loop.
func (d *Desk) readFiles(files []control.Log, r *control.Request, c *Caller) {
	go func() {
		if err := d.Files.Run("read log files", func() { readFiles(files, r, c) }); err != nil {
			c.fail(control.Failed, err.Error())
		}
	}()
}

// readFiles answers with parts of log files.
func readFiles(files []control.Log, r *control.Request, c *Caller) {
	for _, l := range files {
		path := string(l.Data)
		if r.Backup > 0 {
			path = logs.Backup(path, r.Backup)
		}
		part, err := filePart(path, r.Offset, r.Length)
		if r.Backup > 0 && errors.Is(err, os.ErrNotExist) {
			part, err = &control.Log{}, nil
		}
		if err != nil {
			c.fail(control.NoLog, err.Error())
			return
		}
		part.Name, part.Stream = l.Name, l.Stream
		c.reply(&control.Answer{Log: part})
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
func ringPart(name, stream string, data []byte, total int64, r *control.Request) *control.Log {
	if r.Backup > 0 {
		data, total = nil, 0
	}
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
