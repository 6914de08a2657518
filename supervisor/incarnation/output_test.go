package incarnation

import (
	"slices"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/process"
)

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
