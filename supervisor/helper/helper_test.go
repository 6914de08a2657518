package helper

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/process"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// table is a fake Host. It keeps the output of a process open, as a process does.
type table struct {
	err     error // of Start
	tries   int   // of Start
	next    int
	output  map[int]*os.File
	signals []string
}

func (f *table) Start(spec *process.Spec) (int, error) {
	if f.tries++; f.err != nil {
		return 0, f.err
	}
	fd, err := syscall.Dup(int(spec.Stdout.Fd()))
	if err != nil {
		return 0, err
	}
	if f.output == nil {
		f.output = map[int]*os.File{}
	}
	f.next++
	f.output[f.next] = os.NewFile(uintptr(fd), "output of a process")
	return f.next, nil
}

func (f *table) SignalGroup(group int, sig syscall.Signal) error {
	f.signals = append(f.signals, strconv.Itoa(group)+" "+process.SignalName(sig))
	return nil
}

// world is a Part with its table, and what it has told.
type world struct {
	*Part
	table table
	told  []string
}

func newWorld(t *testing.T) *world {
	before := descriptors(t)
	w := &world{}
	w.Part = New(&w.table)
	t.Cleanup(func() { // nothing is due, nothing runs and nothing is open
		for _, f := range w.table.output {
			f.Close()
		}
		if due := w.Due(); !due.IsZero() || len(w.running) > 0 {
			t.Errorf("at the end: due at %v, running %v", due, w.running)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors are open, %d were", after, before)
		}
	})
	return w
}

// descriptors counts those that are open.
func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// run starts a process and returns its pid.
func (w *world) run(limit time.Duration) int {
	w.Run(Command{Spec: &process.Spec{}, Limit: limit, Done: func(err error, lines []string) {
		text := "fine"
		if err != nil {
			text = err.Error()
		}
		w.told = append(w.told, text+" ["+strings.Join(lines, "|")+"]")
	}}, t0)
	return w.table.next
}

func (w *world) want(t *testing.T, told ...string) {
	t.Helper()
	if !slices.Equal(w.told, told) {
		t.Errorf("told %q, want %q", w.told, told)
	}
	w.told = nil
}

func exit(pid, code int) process.Exit {
	return process.Exit{PID: pid, Status: syscall.WaitStatus(code << 8)}
}

// TestEnds: how a process has ended is told once, with the last lines that it has
// printed, and what it has left in its group is killed.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		prints string
		exit   process.Exit
		told   string
	}{
		"well":           {"one\n\n  two \nthree", exit(1, 0), "fine [one|two|three]"},
		"silently":       {"", exit(1, 0), "fine []"},
		"badly":          {"first\nlast\n", exit(1, 3), "exit code 3: last [first|last]"},
		"badly, silent":  {"", exit(1, 1), "exit code 1 []"},
		"by a signal":    {"x", process.Exit{PID: 1, Status: syscall.WaitStatus(syscall.SIGSEGV)}, "killed by SIGSEGV: x [x]"},
		"never executed": {"", process.Exit{PID: 1, Status: syscall.WaitStatus(127 << 8), Err: errors.New("check: not found")}, "check: not found []"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			pid := w.run(0)
			if _, err := w.table.output[pid].WriteString(c.prints); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(slices.Collect(w.PIDs()), []int{pid}) || !w.Due().IsZero() {
				t.Errorf("process %d: running %v, due %v", pid, w.running, w.Due())
			}
			w.want(t)
			if !w.Exited(c.exit, t0) || w.running[pid] != nil {
				t.Errorf("its end was not taken")
			}
			w.want(t, c.told)
			if want := []string{"1 SIGKILL"}; !slices.Equal(w.table.signals, want) {
				t.Errorf("signals %q, want %q", w.table.signals, want)
			}
			if w.Exited(c.exit, t0) {
				t.Errorf("its end was taken twice")
			}
		})
	}
}

// TestLimit: who takes too long is killed with its group, once and not before.
func TestLimit(t *testing.T) {
	w := newWorld(t)
	slow, slower, endless := w.run(5*time.Second), w.run(8*time.Second), w.run(0)
	for _, step := range []struct {
		at, due time.Duration
		signals []string
	}{
		{5*time.Second - 1, 5 * time.Second, nil},
		{5 * time.Second, 8 * time.Second, []string{"1 SIGKILL"}},
		{7 * time.Second, 8 * time.Second, []string{"1 SIGKILL"}},
		{time.Hour, 0, []string{"1 SIGKILL", "2 SIGKILL"}},
		{2 * time.Hour, 0, []string{"1 SIGKILL", "2 SIGKILL"}},
	} {
		w.Tick(t0.Add(step.at))
		due := time.Duration(0)
		if !w.Due().IsZero() {
			due = w.Due().Sub(t0)
		}
		if due != step.due || !slices.Equal(w.table.signals, step.signals) {
			t.Errorf("after %v: due after %v, signals %q; want %v and %q", step.at, due, w.table.signals, step.due, step.signals)
		}
	}
	for _, pid := range []int{slow, slower} {
		w.Exited(process.Exit{PID: pid, Status: syscall.WaitStatus(syscall.SIGKILL)}, t0)
	}
	w.want(t, "no answer within 5s []", "no answer within 8s []")
	w.Exited(exit(endless, 0), t0)
	w.want(t, "fine []")
}

// TestNotStarted: where a process cannot be started that is told at once, nothing
// stays open, and what is short is asked for three times.
func TestNotStarted(t *testing.T) {
	for err, tries := range map[error]int{syscall.EAGAIN: 3, syscall.ENOENT: 1} {
		w := newWorld(t)
		w.table.err = err
		w.run(time.Second)
		w.want(t, err.Error()+" []")
		if w.table.tries != tries {
			t.Errorf("%v: %d tries, want %d", err, w.table.tries, tries)
		}
	}
}

// TestMuchOutput: what a process prints is read up to a bound, and of that the last
// lines are told.
func TestMuchOutput(t *testing.T) {
	w := newWorld(t)
	var lines []string
	w.Run(Command{Spec: &process.Spec{}, Done: func(_ error, l []string) { lines = l }}, t0)
	text := strings.Repeat("123456789 abcde\n", 3<<10) // 48 kB
	if _, err := w.table.output[1].WriteString(text); err != nil {
		t.Fatal(err)
	}
	w.Exited(exit(1, 0), t0)
	if len(lines) != 20 || lines[19] != "123456789 abcde" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	w.Run(Command{Spec: &process.Spec{}, Done: func(_ error, l []string) { lines = l }}, t0)
	if _, err := w.table.output[2].WriteString(strings.Repeat("x", 48<<10)); err != nil {
		t.Fatal(err)
	}
	w.Exited(exit(2, 0), t0)
	if len(lines) != 1 || len(lines[0]) != maxOutput {
		t.Errorf("%d lines, want one of %d bytes", len(lines), maxOutput)
	}
}

// TestNextOfDone: who hears of the end of one process may start the next one.
func TestNextOfDone(t *testing.T) {
	w := newWorld(t)
	w.Run(Command{Spec: &process.Spec{}, Done: func(error, []string) { w.run(0) }}, t0)
	if w.Exited(exit(1, 0), t0); w.running[2] == nil {
		t.Error("the second one does not run")
	}
	w.Exited(exit(2, 0), t0)
	w.want(t, "fine []")
}

// TestOthers: the end of a process that is no helper is left to others.
func TestOthers(t *testing.T) {
	w := newWorld(t)
	if w.Exited(exit(4, 0), t0) {
		t.Error("the end of an unknown process was taken")
	}
	w.run(0)
	if w.Exited(exit(4, 0), t0) || w.running[1] == nil {
		t.Error("the end of another process was taken")
	}
	w.Exited(exit(1, 0), t0)
	w.want(t, "fine []")
}

// TestClose: who wanted a process that was running at the end hears nothing, and its
// pipe is closed.
func TestClose(t *testing.T) {
	w := newWorld(t)
	w.run(0)
	w.Close()
	if len(w.running) > 0 || w.Exited(exit(1, 0), t0) || !w.Due().IsZero() {
		t.Error("it is still known")
	}
	w.want(t)
	if _, err := w.table.output[1].WriteString("text"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing to its output: %v, want EPIPE", err)
	}
}
