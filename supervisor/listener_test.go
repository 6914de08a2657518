package supervisor

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/schedule"
)

// ear is an event listener in fake time: what its standard input is, and by what it
// answers, are those of the loop.
type ear struct {
	screen
	others []*config.Program
	behave func(w *world, name string, pid int, sig syscall.Signal) // nil: obedient
	mu     sync.Mutex
	pid    int
	stdin  int      // does not block; 0: it was not started
	heard  []string // "5s TICK_5 when:946684805"
}

func (e *ear) say(text string) { e.print("ear", "stdout", text) }

// given keeps the listener's input.
func (e *ear) given(name string, s *process.Spec) {
	if name != "ear" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	fd, err := syscall.Dup(int(s.Stdin.Fd()))
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		panic(err)
	}
	e.stdin = fd
}

// dies is a result that is none: the process of the listener ends instead.
const dies = "dies"

// listen answers each event with the next of the results, the last one again and
// again, for so long.
func (e *ear) listen(w *world, long time.Duration, results ...string) {
	start := w.start
	e.ready()
	buf := make([]byte, 64<<10)
	for time.Since(start) < long {
		// A descriptor that somebody waits for would keep the fake time from going on.
		n, err := syscall.Read(e.stdin, buf)
		if err != nil || n <= 0 {
			time.Sleep(100 * time.Millisecond) // fake time
			continue
		}
		header, payload, _ := strings.Cut(string(buf[:n]), "\n")
		_, name, _ := strings.Cut(header, "eventname:")
		name, _, _ = strings.Cut(name, " ")
		e.heard = append(e.heard, time.Since(start).Truncate(time.Second).String()+" "+name+" "+payload)
		result := results[0]
		results = results[min(1, len(results)-1):]
		if result == dies {
			w.end(e.pid, time.Millisecond, exitCode(1))
			_ = syscall.Close(e.stdin)
			e.mu.Lock()
			e.stdin = 0
			e.mu.Unlock()
			e.ready()
			continue
		}
		e.say("RESULT " + strconv.Itoa(len(result)) + "\n" + result + "READY\n")
	}
	_ = syscall.Close(e.stdin)
}

// hears runs a listener to these events for so long.
func (e *ear) hears(t *testing.T, long time.Duration, types []string, results ...string) (w *world) {
	t.Helper()
	if e.behave == nil {
		e.behave = obedient
	}
	scenario{
		programs: append([]*config.Program{named("ear", func(c *config.Program) {
			c.Group, c.Pool = "ear", &config.Pool{Name: "ear", Events: types, BufferSize: 10}
		})}, e.others...),
		container: config.Container{ExitOn: config.ExitOnNever},
		behave: func(w *world, name string, pid int, sig syscall.Signal) {
			if name == "ear" && sig == 0 {
				e.pid = pid
			}
			e.behave(w, name, pid, sig)
		},
		output: &e.screen, given: e.given,
		outside: func(world *world) {
			w = world
			e.listen(w, long, results...)
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	return w
}

// ready waits for the next process of the listener, which is ready at once.
func (e *ear) ready() {
	for e.input() == 0 {
		time.Sleep(time.Millisecond) // fake time
	}
	e.say("READY\n")
}

func (e *ear) input() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stdin
}

// TestTicks: a listener gets each TICK at its time, through the loop, which turns no
// oftener than it has to.
func TestTicks(t *testing.T) {
	const long = 7201 * time.Second
	for _, types := range [][]string{{"TICK_5"}, {"TICK_60"}, {"TICK_3600"}, {"TICK"}, {"TICK_3600", "TICK_60"}} {
		var e ear
		w := e.hears(t, long, types, "OK")
		var want []string
		for s := 5; s < int(long/time.Second); s += 5 {
			for _, period := range []int{5, 60, 3600} {
				if name := "TICK_" + strconv.Itoa(period); s%period == 0 && (slices.Contains(types, name) || slices.Contains(types, "TICK")) {
					want = append(want, (time.Duration(s)*time.Second).String()+" "+name+" when:"+strconv.FormatInt(w.start.Unix()+int64(s), 10))
				}
			}
		}
		if !slices.Equal(e.heard, want) {
			t.Errorf("%v: heard %d events, want %d: %.300q", types, len(e.heard), len(want), e.heard)
		}
		// An event is a turn for its moment and two for what the listener says; once a minute the clock is looked at.
		if most := 4*len(want) + 2*int(long/schedule.Watch) + 10; w.turns > most {
			t.Errorf("%v: the loop has turned %d times for %d events, want at most %d", types, w.turns, len(want), most)
		}
	}
}

// TestRejectedThroughTheLoop: an event that is rejected comes again after its pauses.
func TestRejectedThroughTheLoop(t *testing.T) {
	var e ear
	e.hears(t, 30*time.Second, []string{"SUPERVISOR_STATE_CHANGE_RUNNING"}, "FAIL", "FAIL", "FAIL", "FAIL", "OK")
	var at []string
	for _, event := range e.heard {
		when, _, _ := strings.Cut(event, " ")
		at = append(at, when)
	}
	if want := []string{"1s", "1s", "2s", "4s", "8s"}; !slices.Equal(at, want) {
		t.Errorf("heard at %q, want %q", at, want)
	}
}

// TestListenerEnds: an event that a listener has got and not answered before its process
// ended comes again to its next process, and each process has a standard input of its own.
func TestListenerEnds(t *testing.T) {
	var e ear
	e.hears(t, 10*time.Second, []string{"SUPERVISOR_STATE_CHANGE_RUNNING"}, dies, dies, "OK")
	if len(e.heard) != 3 || e.heard[0] != "1s SUPERVISOR_STATE_CHANGE_RUNNING " {
		t.Errorf("heard %q, want three times the same", e.heard)
	}
	if ended := len(e.of("ear")); ended != 3 {
		t.Errorf("%d streams, want one for each of three processes", ended)
	}
}

// TestWriteStdin: what a request writes goes to the process that runs, if others may
// write at all; an event listener reads events only.
func TestWriteStdin(t *testing.T) {
	server := config.Container{ExitOn: config.ExitOnNever, Servers: []config.Server{{Network: "unix", Address: t.TempDir() + "/s"}}}
	for _, c := range []struct {
		name      string
		container config.Container
		ended     bool // the process has closed its input
		want      string
		read      string
	}{
		{"cat", server, false, "cat ok", "text"},
		{"cat", config.Container{ExitOn: config.ExitOnNever}, false, "cat no-file", ""},
		{"ear", server, false, "ear no-file", ""},
		{"off", server, false, "off not-running", ""},
		{"cat", server, true, "cat no-file", ""},
	} {
		var h control.Handler
		served := make(chan struct{})
		stdin := 0
		scenario{
			programs: []*config.Program{
				named("cat"), named("off", func(p *config.Program) { p.Autostart = false }),
				named("ear", func(p *config.Program) { p.Pool = &config.Pool{Name: "ear", Events: []string{"EVENT"}, BufferSize: 1} }),
			},
			container: c.container, behave: obedient,
			given: func(name string, s *process.Spec) {
				if name != "cat" || c.ended {
					return
				}
				fd, err := syscall.Dup(int(s.Stdin.Fd()))
				if err == nil {
					err = syscall.SetNonblock(fd, true)
				}
				if err != nil {
					panic(err)
				}
				stdin = fd
			},
			serve: func(handler control.Handler) func() { h = handler; close(served); return func() {} },
			outside: func(w *world) {
				<-served
				time.Sleep(2 * time.Second)
				write := &control.Request{Do: control.DoStdin, Names: []string{c.name}, Data: []byte("text")}
				got := ask(h, write)
				if c.ended { // that is known after the first try
					time.Sleep(time.Second)
					got = ask(h, write)
				}
				if !slices.Equal(got, []string{c.want}) {
					t.Errorf("%s: %q, want %q", c.name, got, c.want)
				}
				time.Sleep(time.Second)
				if stdin != 0 {
					buf := make([]byte, 100)
					n, _ := syscall.Read(stdin, buf)
					if read := string(buf[:max(n, 0)]); read != c.read {
						t.Errorf("%s has read %q, want %q", c.name, read, c.read)
					}
					_ = syscall.Close(stdin)
				}
				w.signals <- syscall.SIGTERM
			},
		}.run(t)
	}
}
