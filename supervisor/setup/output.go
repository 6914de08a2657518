package setup

import (
	"bytes"
	"os"
	"sync"
	"time"
)

const (
	progressEvery = 10 * time.Second
	// A tool may print without end and without newlines. These limits bound the memory.
	longestLine = 1024
	answerLines = 500
	// drainTime is how long we read on after a tool has ended. Its end is its
	// exit, not the end of its output: a process that it left behind may hold
	// the pipe open for ever.
	drainTime = 250 * time.Millisecond
)

// output takes what a command prints: it keeps the last lines, and every few
// seconds logs how long the command has been running and the last line.
type output struct {
	a     *attempt
	name  string
	quiet bool // no progress, not passed through
	start time.Time
	done  chan struct{}
	stop  chan struct{}

	mu    sync.Mutex
	lines [][]byte // the last ones
	line  []byte   // the unfinished one
	fresh bool     // after a carriage return: the next byte begins the line again
	ended bool     // the last byte was a newline, or there was no byte yet
}

func newOutput(a *attempt, argv []string) *output {
	return &output{a: a, name: argv[0], start: time.Now(), ended: true, done: make(chan struct{}), stop: make(chan struct{})}
}

// read takes everything that comes out of r, in the background.
func (o *output) read(r *os.File) {
	go func() {
		defer close(o.done)
		buf := make([]byte, 16<<10)
		for {
			n, err := r.Read(buf)
			o.take(buf[:n])
			if n > 0 {
				o.ended = buf[n-1] == '\n'
			}
			if o.a.Output != nil && !o.quiet {
				o.a.Output(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	if !o.quiet {
		go o.progress()
	}
}

// finish reads what is left.
func (o *output) finish(r *os.File) {
	close(o.stop)
	_ = r.SetReadDeadline(time.Now().Add(drainTime))
	<-o.done
	_ = r.Close()
	if !o.ended && o.a.Output != nil && !o.quiet {
		o.a.Output([]byte("\n")) // what another tool prints begins a line
	}
}

func (o *output) progress() {
	tick := time.NewTicker(o.a.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			text := "still at it after " + seconds(time.Since(o.start))
			if line := o.last(1); len(line) == 1 {
				text += ": " + line[0]
			}
			o.a.say(text)
		case <-o.stop:
			return
		}
	}
}

// take splits data into lines.
func (o *output) take(data []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range data {
		switch c {
		case '\n':
			if len(bytes.TrimSpace(o.line)) > 0 {
				if len(o.lines) == answerLines {
					o.lines = append(o.lines[:0], o.lines[1:]...)
				}
				o.lines = append(o.lines, o.line)
			}
			o.line, o.fresh = nil, false
		case '\r':
			o.fresh = true // a progress bar: the rest overwrites it
		default:
			if o.fresh {
				o.line, o.fresh = nil, false
			}
			if len(o.line) < longestLine {
				o.line = append(o.line, c)
			}
		}
	}
}

// last returns at most the n last lines, with the unfinished one.
func (o *output) last(n int) []string {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var text []string
	for _, line := range o.lines[max(0, len(o.lines)-n):] {
		text = append(text, string(line))
	}
	if len(bytes.TrimSpace(o.line)) > 0 {
		text = append(text, string(o.line))
		text = text[max(0, len(text)-n):]
	}
	return text
}
