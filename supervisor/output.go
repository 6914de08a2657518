package supervisor

import (
	"os"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/events"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/process"
)

// output is where the two streams of one incarnation go.
type output struct {
	streams [2]incarnation.Stream // stdout and stderr; nil: it has none of its own
	heard   int                   // how many of them the loop listens to
	pid     int
}

// drainTime is how long the end of a process waits for what it has printed, where
// event listeners are told of both, in this order, or the verdict on it needs that.
const drainTime = 200 * time.Millisecond

// openOutput gives spec its output: the container's own descriptors where
// nothing has to look at what is printed, else pipes. It returns nil if there are
// none.
func (s *Supervisor) openOutput(u *unit, spec *process.Spec) (o *output, err error) {
	c := u.Config
	o = &output{}
	if spec.Stdout, err = s.openStream(u, &c.Stdout, 0, o); err != nil {
		return nil, err
	}
	if c.RedirectStderr {
		spec.Stderr = spec.Stdout
	} else if spec.Stderr, err = s.openStream(u, &c.Stderr, 1, o); err != nil {
		o.abort()
		return nil, err
	}
	if o.streams == [2]incarnation.Stream{} {
		return nil, nil
	}
	return o, nil
}

// openStream returns the child's end of one stream.
func (s *Supervisor) openStream(u *unit, c *config.Stream, index int, o *output) (*os.File, error) {
	spec := logs.Spec{
		Program: u.name, Stream: [...]string{"stdout", "stderr"}[index],
		Targets: s.targets(c), StripANSI: s.container.StripANSI, UID: -1,
	}
	if u.Config.User != nil {
		spec.UID = int(u.Config.User.UID)
	}
	s.listen(u, c, &spec, o)
	if spec.Chunk != nil || spec.Captured != nil {
		o.heard++
	}
	if f, ok := s.Output.Direct(spec); ok {
		return f, nil
	}
	stream, err := s.Output.Open(spec)
	if err != nil {
		return nil, err
	}
	o.streams[index] = stream
	return stream.File(), nil
}

// targets are the configuration's targets, as the pump wants them.
func (s *Supervisor) targets(c *config.Stream) []logs.Target {
	kinds := [...]logs.Kind{
		config.TargetStdout: logs.Stdout, config.TargetStderr: logs.Stderr, config.TargetFile: logs.File,
		config.TargetAuto: logs.Auto, config.TargetSyslog: logs.Syslog,
	}
	var list []logs.Target
	for _, t := range c.Targets {
		list = append(list, logs.Target{
			Kind: kinds[t.Kind], Path: t.Path, MaxBytes: c.MaxBytes, Backups: c.Backups,
			Dir: s.container.ChildLogDir, Identifier: s.container.Identifier,
		})
	}
	return list
}

// listen lets the loop hear what a program prints: an event listener's answers,
// and what events are made of.
func (s *Supervisor) listen(u *unit, c *config.Stream, spec *logs.Spec, o *output) {
	process, group := u.Config.Name, u.Config.Group
	if u.Config.Pool != nil && spec.Stream == "stdout" {
		spec.Chunk = s.hear(func(data []byte) { s.bus.Received(u.name, data, time.Now()) })
		return
	}
	if h := u.says; h != nil && h.match != nil {
		defer func() {
			match, other := h.match, spec.Chunk
			spec.Chunk = func(data []byte) {
				match.hear(data)
				if other != nil {
					other(data)
				}
			}
		}()
	}
	logType, captureType := eventTypes(spec.Stream)
	if c.Events && s.bus.Wants(logType) {
		spec.Chunk = s.hear(func(data []byte) {
			for _, e := range events.ProcessLog(spec.Stream, process, group, o.pid, data) {
				s.bus.Publish(e)
			}
		})
	}
	if c.Capture > 0 {
		spec.Capture = c.Capture
		spec.Captured = func([]byte) {} // it stays out of the log also where nobody asks for it
		if s.bus.Wants(captureType) {
			spec.Captured = s.hear(func(data []byte) {
				s.bus.Publish(events.ProcessCommunication(spec.Stream, process, group, o.pid, data))
			})
		}
	}
}

func eventTypes(stream string) (log, capture string) {
	if stream == "stdout" {
		return events.LogStdout, events.CommStdout
	}
	return events.LogStderr, events.CommStderr
}

// started says that the process is there.
func (o *output) started(pid int) {
	if o == nil {
		return
	}
	o.pid = pid
	for _, stream := range o.streams {
		if stream != nil {
			stream.Start(pid)
		}
	}
}

// open counts the pipes.
func (o *output) open() (n int) {
	for _, stream := range o.streams {
		if stream != nil {
			n++
		}
	}
	return n
}

// abort undoes openOutput.
func (o *output) abort() {
	if o == nil {
		return
	}
	for _, stream := range o.streams {
		if stream != nil {
			stream.Abort()
		}
	}
}

// ended says that the process has ended; drained is called for each stream when
// all that the process has printed is where it belongs.
func (o *output) ended(drained func()) {
	for _, stream := range o.streams {
		if stream != nil {
			stream.Ended(drained)
		}
	}
}
