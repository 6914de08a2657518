package incarnation

import (
	"os"
	"slices"
	"sync"
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

func (l *loop) ProgramOf(int) string { return l.owner }

func (l *loop) Log(name, text string) { l.said = append(l.said, name+": "+text) }

func (l *loop) Wrote() { l.said = append(l.said, "wrote") }

func (l *loop) Printed() { l.said = append(l.said, "printed") }

func (l *loop) Unsearched(err error) { l.said = append(l.said, "unsearched: "+err.Error()) }

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

func (s *stream) Start(pid int) { s.pid = pid; s.write.Close() }

func (s *stream) Clear() { s.calls = append(s.calls, "clear") }

func (s *stream) Last() []byte { return []byte(s.spec.Stream + " 1\n" + s.spec.Stream + " 2\n") }

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

// closed waits until no more descriptors are open than before: goroutines close some.
func closed(t *testing.T, before int) {
	t.Helper()
	eventually.So(t, "all descriptors to be closed", func() bool { return openFiles(t) <= before }, nil)
}

// TestNoDescriptors: with each number of descriptors that are left, opening either goes
