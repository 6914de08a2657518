package logs

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/threads"
)

// Options are what a Pump needs to know.
type Options struct {
	Format         Format           // of the container's output
	Stdout, Stderr *os.File         // the container's; nil: our own descriptors 1 and 2
	Log            func(string)     // takes complaints of our own, from any goroutine, without blocking
	Now            func() time.Time // nil: the clock
	Tail           int              // bytes that are kept of each stream for Tail and Tap, where the buffer has room; 0: none
	Buffer         *Buffer          // for all that is held back; nil: one of DefaultBuffer bytes
	Files          *offload.Pool    // asks the file systems of log files for the loop; nil: the loop asks itself
	Copy           bool             // in format Plain programs get pipes also where the output is a terminal
}

// Pump carries what programs print to where it belongs. Its methods are for one
// goroutine, the loop, which none of them makes wait for a reader.
type Pump struct {
	format   Format
	asks     *offload.Pool
	log      func(string)
	now      func() time.Time
	out, err *console // one and the same where both are one open file
	buffer   *Buffer  // for what is held back
	pipes    *Buffer  // for what pipes in the kernel are larger than at first
	shared   tails
	disk     threads.Gate // at most one thread hangs with log files
	daemons  threads.Gate // at most one with syslog

	// mu guards what follows and is never held while something is written.
	mu      sync.Mutex
	rest    *worker // for streams that go to no place that can block
	workers []*worker
	files   map[string]*file
	remotes map[string]*syslog
	autos   map[autoKey]string
	tails   map[tailKey]*Ring
	copy    bool
	colours map[string]int
	width   atomic.Int32 // of the names in format Prefix; workers read it without the lock
	null    *os.File
	closed  bool
}

// NewPump returns a Pump. It starts nothing and opens nothing.
func NewPump(o Options) *Pump {
	p := &Pump{format: o.Format, log: o.Log, now: o.Now, asks: o.Files, copy: o.Copy, buffer: o.Buffer, disk: threads.NewGate(1), daemons: threads.NewGate(1)}
	if p.log == nil {
		p.log = func(string) {}
	}
	if p.buffer == nil {
		p.buffer = NewBuffer(DefaultBuffer)
	}
	p.pipes = NewBuffer(p.buffer.limit)
	p.shared = tails{buffer: p.buffer, whole: o.Tail}
	if p.now == nil {
		p.now = time.Now
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	p.out, p.err = newConsole(o.Stdout, "stdout", p.log), newConsole(o.Stderr, "stderr", p.log)
	if sameFile(p.out.fd, p.err.fd) {
		// A terminal, or 2>&1: with two writers a line could end up in the
		// middle of another.
		p.err = p.out
	}
	return p
}

// sameFile says whether two descriptors are one inode. Two open files of one
// inode count as well: one writer is right for both.
func sameFile(a, b int) bool {
	var x, y unix.Stat_t
	return unix.Fstat(a, &x) == nil && unix.Fstat(b, &y) == nil &&
		x.Dev == y.Dev && x.Ino == y.Ino && x.Rdev == y.Rdev
}

// Known makes the column of names wide enough for name. Open does so as well, but then
// the column moves, which it does not if all names are known first.
func (p *Pump) Known(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.widen(name)
}

// Open makes the pipe of one stream and opens what it goes to. An error is one
// of the descriptors, or of a log file that cannot be opened, and then the
// process should not be started.
func (p *Pump) Open(spec Spec) (*Stream, error) {
	s := &Stream{spec: spec, pump: p, fd: -1}
	if err := p.open(s); err != nil {
		s.abort()
		return nil, err
	}
	return s, nil
}

func (p *Pump) open(s *Stream) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return &Error{"open the log of", s.spec.Program, unix.ESHUTDOWN}
	}
	if s.tail = p.recentOf(s.spec.Program, s.spec.Stream); s.tail != nil {
		s.began = s.tail.written()
	}
	var err error
	if s.worker, err = p.targets(s); err != nil {
		return err
	}
	if err := s.pipe(); err != nil {
		return err
	}
	return s.worker.add(s)
}

// targets opens what s goes to and returns its worker: that of the first target that
// can block.
func (p *Pump) targets(s *Stream) (*worker, error) {
	var own **worker
	place := "log files"
	for i := range s.spec.Targets {
		t := &s.spec.Targets[i]
		switch t.Kind {
		case Stdout, Stderr:
			c := p.console(t.Kind)
			s.targets = append(s.targets, p.consoleTarget(s, c))
			if own == nil {
				own, place = &c.worker, "the container's "+c.name
			}
		case File, Auto:
			f, err := p.openTarget(s, t)
			if err != nil {
				return nil, err
			}
			s.targets = append(s.targets, &fileTarget{file: f, pump: p, held: held{buffer: p.buffer}})
			if own == nil && f.blocks {
				own, place = &f.worker, strconv.Quote(f.path)
			}
		case Syslog:
			l, err := p.syslog(t.Path)
			if err != nil {
				return nil, err
			}
			s.targets = append(s.targets, &syslogTarget{syslog: l, name: s.spec.shortName(), lines: lines{held: held{buffer: p.buffer}}})
		}
	}
	if own == nil {
		own = &p.rest
	}
	if *own == nil {
		w, err := newWorker(p.log, place)
		if err != nil {
			return nil, err
		}
		*own = w
		p.workers = append(p.workers, w)
	}
	return *own, nil
}

func (p *Pump) console(k Kind) *console {
	if k == Stderr {
		return p.err
	}
	return p.out
}

// Reopen opens the log files again by their paths, for whoever has renamed them
// and asks by SIGUSR2. It is done on a goroutine of its own, since a disk can hang.
func (p *Pump) Reopen() {
	p.mu.Lock()
	files := make([]*file, 0, len(p.files))
	for _, f := range p.files {
		files = append(files, f)
	}
	p.mu.Unlock()
	if len(files) > 0 {
		go func() {
			for _, f := range files {
				p.disk.Enter()
				f.reopen()
				p.disk.Leave()
			}
		}()
	}
}

// Drain is the end: what has been printed so far is written, then everything is
// closed. It returns when that is done, or after limit; what nobody has read by then
// is lost.
func (p *Pump) Drain(limit time.Duration) {
	p.mu.Lock()
	p.closed = true
	workers, null := p.workers, p.null
	remotes := make([]*syslog, 0, len(p.remotes))
	for _, r := range p.remotes {
		remotes = append(remotes, r)
	}
	p.workers, p.null = nil, nil
	p.mu.Unlock()
	defer func() {
		for _, w := range workers {
			w.tellLost()
		}
	}()
	if null != nil {
		null.Close()
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for _, w := range workers {
		w.order(order{kind: drain})
	}
	in := func(ended <-chan struct{}) bool {
		select {
		case <-ended:
			return true
		case <-timeout.C:
			p.log("what programs have printed last is lost: it could not be written within " + limit.Round(time.Millisecond).String())
			return false
		}
	}
	for _, w := range workers {
		if !in(w.ended) {
			return
		}
	}
	for _, r := range remotes {
		if !in(r.close()) {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.files { // those that are kept between incarnations
		_ = p.asks.Act(offload.Call{Key: f.key(), What: "close log file " + strconv.Quote(f.path), Path: f.path}, func() error {
			f.close()
			return nil
		})
	}
	p.files = nil
}

// Error is an operation of this package that failed: "cannot VERB NAME: cause".
type Error struct {
	Verb, Name string
	Err        error
}

func (e *Error) Error() string {
	return "cannot " + e.Verb + " " + strconv.Quote(e.Name) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
