package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// TestBenchmarks runs every benchmark once on a small scale, for real.
func TestBenchmarks(t *testing.T) {
	skip.UnlessRoot(t, "for PID namespaces")
	for _, tool := range []string{"gcc", "strace"} {
		_, err := exec.LookPath(tool)
		skip.Unless(t, err == nil, tool)
	}
	bin := build(t)
	t.Chdir("../..") // where go run ./cmd/bench is called
	r, err := newRig(bin, scale{
		runs: 2, signals: 2, rounds: 1, orphans: 100, ends: 10, few: 5, many: 10, crashes: 2, logSize: 4 << 20, requests: 2000,
		idle: 100 * time.Millisecond, settle: 100 * time.Millisecond,
		drain: 5 * time.Second, // the load balancer, who is we, may be late on a busy machine
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	nothing := regexp.MustCompile(`lost|killed`) // may be; it does not depend on the scale
	for _, b := range benchmarks() {
		t.Run(b.name, func(t *testing.T) {
			if b.name == "flask" && exec.Command("docker", "version").Run() != nil {
				t.Skip("no Docker engine answers: make test runs this one later, with an engine")
			}
			rows, err := b.run(r)
			if err != nil {
				t.Fatal(err)
			}
			bars := 0
			for _, row := range rows {
				if row.metric == "" || row.ours == "" {
					t.Errorf("incomplete row: %+v", row)
				}
				if (row.bar == "") != (row.verdict == "") {
					t.Errorf("a bar wants a verdict: %+v", row)
				}
				if row.bar != "" {
					bars++
				}
				if row.bar != "" && row.verdict != met && nothing.MatchString(row.metric) {
					t.Errorf("%+v", row)
				}
			}
			if bars == 0 {
				t.Errorf("no bar in %+v", rows)
			}
		})
	}
}

// build returns the path of an entry-point, with its gateway beside it.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	_ = os.Chmod(filepath.Dir(dir), 0o755) // the gateway is executed by nobody
	build := exec.Command("../../.ci/build", dir)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "entry-point")
}

// TestLostByLog: an init that is late, as on a busy machine, has lost nothing, and
// one that tells only some of the ends has lost the others.
func TestLostByLog(t *testing.T) {
	skip.UnlessRoot(t, "for PID namespaces")
	_, err := exec.LookPath("gcc")
	skip.Unless(t, err == nil, "gcc")
	r, err := newRig(build(t), scale{ends: 3, settle: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	programs := []program{}
	for i := range r.ends {
		programs = append(programs, program{name: "exit-" + strconv.Itoa(i), command: fmt.Sprintf("%s exit %d", r.helper("child"), statusCode(i))})
	}
	ours, err := r.ours("ours", "exit_on = never", programs)
	if err != nil {
		t.Fatal(err)
	}
	late := newContestant("late", "", append([]string{"sh", "-c", `sleep 1; exec "$@"`, "sh"}, ours.argv...)...)
	forgetful := newContestant("forgetful", "", "sh", "-c", "echo 'entry-point: exit-1: ended: exit code 2' >&2; exec sleep 1000")
	for _, tt := range []struct {
		c        *contestant
		patience time.Duration
		want     int
	}{{ours, statusTimeout, 0}, {late, statusTimeout, 0}, {forgetful, time.Second, 2}} {
		if lost, err := r.lostByLog(tt.c, tt.patience); err != nil || lost != tt.want {
			t.Errorf("%s: %d of %d lost, %v, want %d", tt.c.name, lost, r.ends, err, tt.want)
		}
	}
}

// TestPending: reports that are there are counted, also on a processor that is so
// busy that a moment passes between any two steps.
func TestPending(t *testing.T) {
	r := &rig{dir: t.TempDir()}
	f, err := r.fifo()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var over atomic.Bool
	defer over.Store(true)
	go func() {
		for !over.Load() {
		}
	}()
	for range 20 {
		for i := range uint64(5000) {
			report(f, i)
		}
		if n := f.pending(); n != 5000 {
			t.Fatalf("%d reports pending, want 5000", n)
		}
	}
	if n := f.pending(); n != 0 {
		t.Errorf("%d reports pending, want none", n)
	}
	report(f, 7)
	if n, err := f.next(time.Minute); err != nil || n != 7 {
		t.Errorf("the next report is %d, %v", n, err)
	}
}

// TestMissing: what cannot be measured says why.
func TestMissing(t *testing.T) {
	c := newContestant("peer", "some-package", "no-such-program-here")
	err := rounds(1, 1, []*contestant{c}, func(*contestant, bool) error {
		t.Error("a contestant that is not there took part")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	row := metric{"m", pieces, sample{1}}.holdTo(1, c, results{}, "")
	if want := "peer: not installed (apt-get install some-package)"; row.peer != want || row.verdict != "" {
		t.Errorf("got %+v, want peer %q and no verdict", row, want)
	}
	for _, bin := range []string{"no-such-binary", t.TempDir(), "main.go"} {
		if _, err := newRig(bin, fullScale(1)); err == nil || !strings.Contains(err.Error(), "make build") {
			t.Errorf("%s, which cannot be executed: %v", bin, err)
		}
	}
}

func TestRounds(t *testing.T) {
	all := []*contestant{{name: "a"}, {name: "b"}, {name: "c"}}
	runs, counted := results{}, results{}
	err := rounds(2, 3, all, func(c *contestant, counts bool) error {
		runs.add(c, 1)
		if counts {
			counted.add(c, 1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if len(runs[c]) != 5 || len(counted[c]) != 3 {
			t.Errorf("%s ran %d times and %d counted, want 5 and 3", c.name, len(runs[c]), len(counted[c]))
		}
	}
}

func TestUnseen(t *testing.T) {
	log := `entry-point: exit-0: started as process 7
entry-point: exit-0: ended: exit code 1 after 5ms
entry-point: exit-1: ended: exit code 3 after 5ms
entry-point: exit-2: ended: exit code 3
entry-point: exit-4: ended: killed by SIGTERM after 5ms`
	if got := unseen(log, 5); got != 3 {
		t.Errorf("unseen = %d, want 3: a wrong code, no line, a signal", got)
	}
}

func TestCallTime(t *testing.T) {
	for _, c := range []struct {
		line string
		call bool
	}{
		{"12 1700000000.250000 futex(0x1, FUTEX_WAIT, 0, NULL) = 0", true},
		{"  12 1700000000.250000 futex(0x1, FUTEX_WAIT, 0, NULL <unfinished ...>", true},
		{"12 1700000000.250000 <... futex resumed>) = 0", false},
		{"12 1700000000.250000 --- SIGCHLD {si_signo=SIGCHLD} ---", false},
		{"12 1700000000.250000 +++ exited with 0 +++", false},
		{"", false},
	} {
		at, ok := callTime(c.line)
		if ok != c.call {
			t.Errorf("%q: a call %v, want %v", c.line, ok, c.call)
		}
		if ok && !at.Equal(time.UnixMilli(1700000000250)) {
			t.Errorf("%q: at %v", c.line, at)
		}
	}
}
