package incarnation

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/notify"
	"entrypoint/supervisor/process"
)

// loop is a fake Host, Listener and Outputs. Its streams are pipes.
type loop struct {
	start  func(*process.Spec) error         // nil: every process can be started
	search func(*os.File, func(error)) error // nil: a search that goes on
	owner  string                            // of every process
	direct bool                              // output does not pass through us

	mu      sync.Mutex
	posts   []func()
	said    []string // in the loop
	streams []*stream
}

func (l *loop) Post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.posts = append(l.posts, f)
}

// turn runs what was posted, and says how much that was.
func (l *loop) turn() int {
	l.mu.Lock()
	posts := l.posts
	l.posts = nil
	l.mu.Unlock()
	for _, f := range posts {
		f()
	}
	return len(posts)
}

// await waits until something has been posted, without running it.
func (l *loop) await(t *testing.T) {
	t.Helper()
	eventually.So(t, "a post", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.posts) > 0
	}, nil)
}

func (l *loop) want(t *testing.T, said ...string) {
	t.Helper()
	if !slices.Equal(l.said, said) {
		t.Errorf("heard %q, want %q", l.said, said)
	}
}

func (l *loop) spawn(s *process.Spec) (int, error) {
	if l.start != nil {
		if err := l.start(s); err != nil {
			return 0, err
		}
	}
	return 100, nil
}

func (l *loop) Search(_ string, stdin *os.File, done func(error)) error {
	if l.search != nil {
		return l.search(stdin, done)
	}
	return nil
}

func (l *loop) ProgramOf(int) string  { return l.owner }
func (l *loop) Log(name, text string) { l.said = append(l.said, name+": "+text) }
func (l *loop) Wrote()                { l.said = append(l.said, "wrote") }
func (l *loop) Printed()              { l.said = append(l.said, "printed") }
func (l *loop) Unsearched(err error)  { l.said = append(l.said, "unsearched: "+err.Error()) }

func (l *loop) Notified(m notify.Message) {
	if m.Ready {
		l.said = append(l.said, "ready")
	}
	if m.Alive {
		l.said = append(l.said, "alive")
	}
}

func (l *loop) Direct(logs.Spec) (*os.File, bool) { return nil, l.direct }

func (l *loop) Open(spec logs.Spec) (Stream, error) {
	s := &stream{spec: spec}
	var err error
	if s.read, s.write, err = os.Pipe(); err != nil {
		return nil, err
	}
	l.streams = append(l.streams, s)
	return s, nil
}

// stream is a fake Stream.
type stream struct {
	spec        logs.Spec
	read, write *os.File
	pid         int
	calls       []string
	drained     func()
}

func (s *stream) File() *os.File { return s.write }
func (s *stream) Start(pid int)  { s.pid = pid; s.write.Close() }
func (s *stream) Clear()         { s.calls = append(s.calls, "clear") }
func (s *stream) Last() []byte   { return []byte(s.spec.Stream + " 1\n" + s.spec.Stream + " 2\n") }

func (s *stream) Abort() {
	s.calls = append(s.calls, "abort")
	s.write.Close()
	s.read.Close()
}

func (s *stream) Ended(drained func()) {
	s.calls = append(s.calls, "ended")
	s.drained = drained
	s.read.Close()
}

// plan is a process that is given everything.
func (l *loop) plan(change ...func(*config.Program)) *Plan {
	c := &config.Program{Name: "web"}
	for _, f := range change {
		f(c)
	}
	return &Plan{
		Name: "web", Config: c, Spec: &process.Spec{Argv: []string{"web"}}, Start: l.spawn, Writable: true,
		Outputs: l, Says: l, Buffer: logs.NewBuffer(1 << 20),
	}
}

func byFD(c *config.Program) { c.Ready = config.Probe{Kind: config.ProbeFD, FD: 3} }

func byLog(c *config.Program) { c.Ready = config.Probe{Kind: config.ProbeLog, Pattern: "up"} }

func aliveByNotify(c *config.Program) {
	c.Live = config.Probe{Kind: config.ProbeNotify}
	c.LiveEvery, c.Failures = 10*time.Second, 3
}

// openFiles counts our descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestWholeOrNot: whatever it is that cannot be opened or started, nothing stays open; and
// Close and the end of the streams leave nothing either.
func TestWholeOrNot(t *testing.T) {
	failure := errors.New("failure")
	for name, c := range map[string]struct {
		plan   []func(*config.Program)
		start  error
		search error // of Search itself
		helper error // of the helper process
	}{
		"no process":                     {plan: []func(*config.Program){byFD, aliveByNotify}, start: failure},
		"no search":                      {plan: []func(*config.Program){byLog, aliveByNotify}, search: failure},
		"no process for the search":      {plan: []func(*config.Program){byLog, aliveByNotify}, helper: syscall.EAGAIN},
		"no process, but for the search": {plan: []func(*config.Program){byLog}, start: failure},
	} {
		t.Run(name, func(t *testing.T) {
			l := &loop{
				start: func(*process.Spec) error { return c.start },
				search: func(_ *os.File, done func(error)) error {
					if c.helper != nil {
						done(c.helper)
					}
					return c.search
				},
			}
			before := openFiles(t)
			i, err := Open(l, l.plan(c.plan...))
			if want := errors.Join(c.start, c.search, c.helper); i != nil || err == nil || !strings.HasSuffix(err.Error(), want.Error()) {
				t.Errorf("%v, %v, want the error %v", i, err, want)
			}
			closed(t, before)
			for _, s := range l.streams {
				if !slices.Equal(s.calls, []string{"abort"}) {
					t.Errorf("%s: %q, want abort", s.spec.Stream, s.calls)
				}
			}
			l.turn()
			l.want(t)
		})
	}
}

// closed waits until no more descriptors are open than before: goroutines close some.
func closed(t *testing.T, before int) {
	t.Helper()
	eventually.So(t, "all descriptors to be closed", func() bool { return openFiles(t) <= before }, nil)
}

// TestNoDescriptors: with each number of descriptors that are left, opening either goes
// well or leaves nothing open.
func TestNoDescriptors(t *testing.T) {
	warm, _, err := openStdin(logs.NewBuffer(1)) // the runtime opens its poller
	if err != nil {
		t.Fatal(err)
	}
	warm.close()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	first := firstFree(t)
	failed := 0
	for left := 0; ; left++ {
		l := &loop{}
		before := openFiles(t)
		few := limit
		few.Cur = uint64(first + left)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		i, err := Open(l, l.plan(byFD, aliveByNotify))
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
			i.Close()
			closed(t, before)
			break
		}
		if failed++; !errors.Is(err, syscall.EMFILE) {
			t.Errorf("with %d descriptors: %v, want EMFILE", left, err)
		}
		closed(t, before)
	}
	if failed < 8 { // standard input, socket, descriptor, two streams: nine of them
		t.Errorf("it went well with %d descriptors", failed)
	}
}

// firstFree makes sure that from some number on no descriptor is open, and below it all
// are: the kernel gives the lowest free number, and the limit is one of numbers.
func firstFree(t *testing.T) int {
	t.Helper()
	highest := 0
	for n := range 1 << 10 {
		var st syscall.Stat_t
		if syscall.Fstat(n, &st) == nil {
			highest = n
		}
	}
	for {
		fd, err := syscall.Dup(0)
		if err != nil {
			t.Fatal(err)
		}
		if fd > highest {
			_ = syscall.Close(fd)
			return fd
		}
		t.Cleanup(func() { _ = syscall.Close(fd) })
	}
}

// TestSaysByItself: each way by which a process says how it is, told in the loop, and not
// after Close even if it has said it before.
func TestSaysByItself(t *testing.T) {
	line := func(_ *testing.T, p *Plan) {
		fd, err := syscall.Dup(int(p.Spec.Extra.Fd()))
		if err != nil {
			panic(err)
		}
		f := os.NewFile(uintptr(fd), "theirs")
		_, _ = f.WriteString("any")
		_, _ = f.WriteString("thing\nmore\n")
		f.Close()
	}
	message := func(text string) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			name := ""
			for _, e := range p.Spec.Env {
				if v, is := strings.CutPrefix(e, "NOTIFY_SOCKET="); is {
					name = v
				}
			}
			c, err := net.Dial("unixgram", name)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	byNotify := func(c *config.Program) { c.Ready = config.Probe{Kind: config.ProbeNotify} }
	for name, c := range map[string]struct {
		plan  func(*config.Program)
		says  func(*testing.T, *Plan)
		heard []string
		owner string
	}{
		"a line":               {byFD, line, []string{"wrote"}, ""},
		"READY=1":              {byNotify, message("READY=1"), []string{"ready"}, ""},
		"WATCHDOG=1":           {aliveByNotify, message("WATCHDOG=1\nREADY=1"), []string{"ready", "alive"}, ""},
		"of the program":       {byNotify, message("READY=1"), []string{"ready"}, "web"},
		"of another's process": {byNotify, message("READY=1"), []string{"web: what process " + strconv.Itoa(os.Getpid()) + " of other says of it does not count"}, "other"},
	} {
		for _, closes := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				before := openFiles(t)
				l := &loop{owner: c.owner}
				p := l.plan(c.plan)
				l.start = func(*process.Spec) error { c.says(t, p); return nil } // as soon as it runs
				i, err := Open(l, p)
				if err != nil {
					t.Fatal(err)
				}
				l.await(t)
				if closes {
					i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
					i.Close()
					l.turn()
					l.want(t)
				} else {
					l.turn()
					l.want(t, c.heard...)
					i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
					i.Close()
				}
				closed(t, before)
			})
		}
	}
}

// TestWatchdog: a process that is to say that it is alive is told how often.
func TestWatchdog(t *testing.T) {
	l := &loop{direct: true}
	p := l.plan(aliveByNotify)
	i, err := Open(l, p)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if !slices.Contains(p.Spec.Env, "WATCHDOG_USEC=30000000") {
		t.Errorf("environment %q", p.Spec.Env)
	}
}

// TestSearch: what is printed goes to the search, and its end is told as it is: found,
// failed, or (because we have closed its input) not at all.
func TestSearch(t *testing.T) {
	for name, c := range map[string]struct {
		end    error
		closes bool // first
		heard  []string
		deaf   bool // it closes its input before it ends
	}{
		"found":                         {nil, false, []string{"printed"}, false},
		"failed":                        {errors.New("exit code 2"), false, []string{"unsearched: exit code 2"}, false},
		"its input is over":             {errors.New("exit code 1"), true, nil, false},
		"found too late":                {nil, true, nil, false},
		"failed, and output after that": {errors.New("exit code 2"), false, []string{"unsearched: exit code 2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := openFiles(t)
			var in *os.File
			var done func(error)
			l := &loop{search: func(stdin *os.File, f func(error)) error {
				fd, err := syscall.Dup(int(stdin.Fd()))
				in, done = os.NewFile(uintptr(fd), "stdin"), f
				return err
			}}
			i, err := Open(l, l.plan(byLog))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range l.streams {
				s.spec.Chunk([]byte(s.spec.Stream + "\n"))
			}
			text := make([]byte, 100)
			n, err := in.Read(text)
			if got := string(text[:n]); got != "stdout\nstderr\n" || err != nil {
				t.Errorf("searched %q, %v", got, err)
			}
			end := func() {
				i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
				i.Close()
			}
			if c.deaf {
				in.Close()
				l.streams[0].spec.Chunk([]byte("more\n"))
			}
			if c.closes {
				end()
			}
			done(c.end)
			l.want(t, c.heard...)
			if !c.closes {
				l.streams[0].spec.Chunk([]byte("nobody searches any more\n"))
				end()
			}
			if n, err := in.Read(text); (n != 0 || err == nil) && !c.deaf {
				t.Errorf("read %q after the end, %v", text[:n], err)
			}
			in.Close()
			closed(t, before)
		})
	}
}

// TestExit: whose exit is pending, until when, and who hears of what was printed.
func TestExit(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hearer := Hearer{Printed: func(int, []byte) {}}
	for name, c := range map[string]struct {
		direct bool
		hears  bool
		bad    bool
		waits  bool
		tags   bool // sections of it are captured
	}{
		"a good end":                     {},
		"a bad end":                      {bad: true, waits: true},
		"a good end, and somebody hears": {hears: true, waits: true},
		"a good end, and a section":      {tags: true, waits: true},
		"nothing passes through us":      {direct: true, bad: true, hears: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := &loop{direct: c.direct}
			p := l.plan()
			if c.hears {
				p.Hearers[1] = hearer
			}
			if c.tags {
				p.Config.Stdout.Capture = 10
			}
			i, err := Open(l, p)
			if err != nil {
				t.Fatal(err)
			}
			if i.ClearLogs() == c.direct {
				t.Errorf("that it has logs to clear is %v", c.direct)
			}
			drained := 0
			x := i.Exited(process.Exit{PID: 100}, c.bad, now, func() { drained++ })
			if x.Waits() != c.waits || i.Pending() != x || x.Printed() == c.direct {
				t.Errorf("waits %v, printed %v", x.Waits(), x.Printed())
			}
			if i.ClearLogs() {
				t.Error("there are logs to clear after its end")
			}
			if got := x.Until.Sub(now); got != 200*time.Millisecond {
				t.Errorf("it is pending for %v", got)
			}
			lines, of := x.LastWords()
			want := []string{"stdout 1", "stdout 2", "stderr 1", "stderr 2"}
			if c.direct {
				want = nil
			}
			if !slices.Equal(lines, want) || of != len(want)/2 {
				t.Errorf("last words %q, %d of stderr", lines, of)
			}
			for n, s := range l.streams {
				if (s.drained != nil) != c.waits {
					t.Errorf("that somebody waits for %s is %v", s.spec.Stream, !c.waits)
				}
				if c.waits {
					s.drained()
					l.turn()
				}
				if want := n; c.waits && drained != want {
					t.Errorf("after stream %d: drained %d times", n, drained)
				}
			}
			i.Close()
		})
	}
}

// TestHeard: what is printed is told in the loop with the process's pid, is copied, and
// is dropped where the buffer or the bound has no room for it.
func TestHeard(t *testing.T) {
	l := &loop{}
	p := l.plan(func(c *config.Program) { c.Stdout.Capture = 10 })
	var heard []string
	p.Hearers[0] = Hearer{
		Printed:  func(pid int, data []byte) { heard = append(heard, "printed "+string(data)) },
		Captured: func(pid int, data []byte) { heard = append(heard, "captured "+string(data)) },
	}
	buffer := logs.NewBuffer(4 << 20)
	p.Buffer = buffer
	i, err := Open(l, p)
	if err != nil {
		t.Fatal(err)
	}
	spec := &l.streams[0].spec
	data := []byte("one")
	spec.Chunk(data)
	spec.Captured([]byte("two"))
	copy(data, "xxx")
	spec.Chunk(make([]byte, postLimit)) // with what waits it is too much
	l.turn()
	if want := []string{"printed one", "captured two"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	if buffer.Used() != 0 {
		t.Errorf("%d bytes of the buffer are gone", buffer.Used())
	}
	spec.Chunk(make([]byte, postLimit)) // alone it is not
	if l.turn() != 1 {
		t.Error("a megabyte is too much")
	}
	i.Exited(process.Exit{PID: 100}, false, time.Now(), nil)
	i.Close()
}
