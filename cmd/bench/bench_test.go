package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
	t.Chdir("../..") // where go run ./cmd/bench is called
	dir := t.TempDir()
	_ = os.Chmod(filepath.Dir(dir), 0o755) // the gateway is executed by nobody
	bin := filepath.Join(dir, "entry-point")
	build := exec.Command("go", "build", "-o", dir+"/", "./cmd/entry-point", "./cmd/entry-point-gateway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := newRig(bin, scale{
		runs: 2, signals: 2, rounds: 1, orphans: 100, ends: 10, few: 5, many: 10, crashes: 2, logSize: 4 << 20, requests: 2000,
		idle: 100 * time.Millisecond, settle: 100 * time.Millisecond,
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
	if _, err := newRig("no-such-binary", fullScale(1)); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("a binary that does not exist: %v", err)
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
