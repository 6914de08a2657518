package incarnation

import (
	"os"
	"sync/atomic"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/verdict"
)

// Logs is what the configuration says of the output of all programs.
type Logs struct {
	StripANSI       bool   // escape sequences of terminals are removed
	Dir, Identifier string // of log files with names of their own (logs.Auto)
}

// Hearer is who is told in the loop what a process prints on one stream. Either
// function may be nil.
type Hearer struct {
	Printed  func(pid int, data []byte) // what goes to its log
	Captured func(pid int, data []byte) // what stands between the tags of capture mode
}

// output is the two output streams of one process.
type output struct {
	streams [2]Stream // stdout and stderr; nil: it does not pass through us, or is the other's
	heard   int       // how many of them somebody hears
	pid     int
}

// openOutput gives a process its output: the container's own descriptors where nothing
// has to look at what is printed, else pipes. It returns nil if there are none.
func openOutput(h Host, p *Plan, n *notifier) (o *output, err error) {
	o = &output{}
	if p.Spec.Stdout, err = o.open(h, p, n, 0); err != nil {
		return nil, err
	}
	if p.Config.RedirectStderr {
		p.Spec.Stderr = p.Spec.Stdout
	} else if p.Spec.Stderr, err = o.open(h, p, n, 1); err != nil {
		o.abort()
		return nil, err
	}
	if o.streams == [2]Stream{} {
		return nil, nil
	}
	return o, nil
}

// open returns the end of the process of one stream.
func (o *output) open(h Host, p *Plan, n *notifier, index int) (*os.File, error) {
	c := &p.Config.Stdout
	if index == 1 {
		c = &p.Config.Stderr
	}
	spec := logs.Spec{
		Program: p.Name, Stream: [...]string{"stdout", "stderr"}[index],
		Targets: targets(c, &p.Logs), StripANSI: p.Logs.StripANSI, UID: -1,
	}
	if p.Config.User != nil {
		spec.UID = int(p.Config.User.UID)
	}
	o.listen(h, p, n, &spec, index)
	if spec.Chunk != nil || spec.Captured != nil {
		o.heard++
	}
	if f, ok := p.Outputs.Direct(spec); ok {
		return f, nil
	}
	stream, err := p.Outputs.Open(spec)
	if err != nil {
		return nil, err
	}
	o.streams[index] = stream
	return stream.File(), nil
}

// targets are the configuration's targets, as package logs wants them.
func targets(c *config.Stream, l *Logs) (list []logs.Target) {
	kinds := [...]logs.Kind{
		config.TargetStdout: logs.Stdout, config.TargetStderr: logs.Stderr, config.TargetFile: logs.File,
		config.TargetAuto: logs.Auto, config.TargetSyslog: logs.Syslog,
	}
	for _, t := range c.Targets {
		list = append(list, logs.Target{
			Kind: kinds[t.Kind], Path: t.Path, MaxBytes: c.MaxBytes, Backups: c.Backups, Dir: l.Dir, Identifier: l.Identifier,
		})
	}
	return list
}

// listen lets the loop and the search hear what is printed.
func (o *output) listen(h Host, p *Plan, n *notifier, spec *logs.Spec, index int) {
	hearer := &p.Hearers[index]
	if hearer.Printed != nil {
		spec.Chunk = o.post(h, p.Buffer, hearer.Printed)
	}
	if p.Config.Pool != nil && index == 0 {
		return // the answers of an event listener are nothing but that
	}
	c := &p.Config.Stdout
	if index == 1 {
		c = &p.Config.Stderr
	}
	if c.Capture > 0 {
		spec.Capture = c.Capture
		spec.Captured = func([]byte) {} // it stays out of the log also where nobody asks for it
		if hearer.Captured != nil {
			spec.Captured = o.post(h, p.Buffer, hearer.Captured)
		}
	}
	if n != nil && n.search != nil {
		search, other := n.search, spec.Chunk
		spec.Chunk = func(data []byte) {
			search.write(data)
			if other != nil {
				other(data)
			}
		}
	}
}

// postLimit bounds what a stream can have on its way into the loop. An event listener
// says a few bytes for each event; log events are dropped by their pool as well when
// there are too many.
const postLimit = 1 << 20

// post returns a function for package logs that lets the loop call f with a copy of
// what was printed. What is too much at a time is dropped.
func (o *output) post(h Host, b Buffer, f func(pid int, data []byte)) func(data []byte) {
	var pending atomic.Int64
	return func(data []byte) {
		n := int64(len(data))
		had := pending.Add(n) - n
		if had+n > postLimit || !b.Take(int(had), len(data)) {
			pending.Add(-n)
			return
		}
		data = append([]byte(nil), data...)
		h.Post(func() {
			pending.Add(-n)
			b.Give(len(data))
			f(o.pid, data)
		})
	}
}

// each calls f for each stream that passes through us; a nil output has none.
func (o *output) each(f func(index int, s Stream)) {
	if o == nil {
		return
	}
	for index, s := range o.streams {
		if s != nil {
			f(index, s)
		}
	}
}

// started says that the process is there.
func (o *output) started(pid int) {
	o.each(func(_ int, s Stream) {
		o.pid = pid
		s.Start(pid)
	})
}

// abort undoes openOutput: the process could not be started.
func (o *output) abort() { o.each(func(_ int, s Stream) { s.Abort() }) }

func (o *output) clear() { o.each(func(_ int, s Stream) { s.Clear() }) }

// shownLines are the last lines in which a cause is looked for.
const shownLines = 20

// last is the last that the process has printed, stdout first, since what is said on
// stderr counts more; nil: it does not pass through us. errors is how many of the lines,
// at their end, are from stderr.
func (o *output) last() (lines []string, errors int) {
	o.each(func(index int, s Stream) {
		more := verdict.Lines(s.Last(), shownLines)
		lines = append(lines, more...)
		if index == 1 {
			errors = len(more)
		}
	})
	return lines, errors
}
