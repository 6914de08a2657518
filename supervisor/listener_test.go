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

// listen answers each event with the next of the results, the last one again and
// again, for so long.
func (e *ear) listen(start time.Time, long time.Duration, results ...string) {
	e.say("READY\n")
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
		behave:    e.behave, output: &e.screen, given: e.given,
		outside: func(world *world) {
			w = world
			for e.input() == 0 {
				time.Sleep(time.Millisecond)
			}
			e.listen(w.start, long, results...)
			w.signals <- syscall.SIGTERM
		},
	}.run(t)
	return w
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
