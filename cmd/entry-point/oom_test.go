package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// oomScore is the oom_score_adj of a process, as seen from outside.
func oomScore(t *testing.T, pid any) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%v/oom_score_adj", pid))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lowest is what a process with such a score may lower it to: by 1000, to 0, or not.
func lowest(t *testing.T, score int, drop bool) int {
	t.Helper()
	low := max(score-1000, -999)
	p := prepare(t, "-c", fmt.Sprintf("for n in %d 0 %d; do echo $n 2>/dev/null >/proc/self/oom_score_adj && break; done; cat /proc/self/oom_score_adj", low, score))
	p.Path, p.Args[0] = "/bin/sh", "/bin/sh"
	p.withScore(score, drop).start()
	if p.code() != 0 {
		t.Fatal(p.stderr.String())
	}
	n, err := strconv.Atoi(strings.TrimSpace(p.stdout.String()))
	if err != nil {
		t.Fatal(err)
	}
	return min(n, score)
}

// withScore lets p start with such an oom_score_adj, without the capability to lower
// it if drop is set, as in a container.
func (p *initProcess) withScore(score int, drop bool) *initProcess {
	p.t.Helper()
	p.Args = append([]string{"sh", "-c", `echo ` + itoa(score) + ` >/proc/self/oom_score_adj && exec "$0" "$@"`}, p.Args...)
	p.Path = "/bin/sh"
	if drop {
		setpriv := startPlain(p.t, "setpriv", "--bounding-set=-sys_resource")
		p.Args[2] = `echo ` + itoa(score) + ` >/proc/self/oom_score_adj && exec ` + setpriv.Path + ` --bounding-set=-sys_resource "$0" "$@"`
	}
	return p
}

// TestOOMScore: PID 1 is below its programs; these have the score that the container
// was started with, or a little more where PID 1 may not have less, or their own.
func TestOOMScore(t *testing.T) {
	t.Parallel()
	const programs = `
[program:plain]
command = sh -c "echo plain $(cat /proc/self/oom_score_adj); exec sleep 1000"
[program:own]
command = sh -c "echo own $(cat /proc/self/oom_score_adj); exec sleep 1000"
oom_score_adj = 300
[program:again]
command = sh -c "sleep 0.1; echo again $(cat /proc/self/oom_score_adj)"
autorestart = true
startsecs = 0
`
	for _, c := range []struct {
		name      string
		score     int
		drop, off bool
	}{
		{name: "as we are"},
		{name: "as we are, from a higher one", score: 500},
		{name: "without the capability", drop: true},
		{name: "without the capability, from a higher one", score: 300, drop: true},
		{name: "off", score: 100, off: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own, least, most := c.score, c.score, c.score
			if !c.off {
				if own = lowest(t, c.score, c.drop); own == c.score {
					least, most = own+1, own+199
				}
			}
			file := filepath.Join(t.TempDir(), "programs.conf")
			if err := os.WriteFile(file, []byte(programs), 0o644); err != nil {
				t.Fatal(err)
			}
			p := prepare(t, "-c", file)
			if c.off {
				p.Env = append(p.Env, "ENTRYPOINT_OOM_PROTECT=off")
			}
			p.withScore(c.score, c.drop).start()
			p.await(&p.stdout, "own 300\n")
			p.until("programs that have been started again", func() bool { return strings.Count(p.stdout.String(), "again ") >= 3 })
			p.await(&p.stdout, "plain ")
			if got := oomScore(t, p.Process.Pid); got != own {
				t.Errorf("PID 1 has %d, want %d", got, own)
			}
			for line := range strings.Lines(p.stdout.String()) {
				name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
				n, err := strconv.Atoi(text)
				if name == "plain" || name == "again" {
					if err != nil || n < least || n > most {
						t.Errorf("%q, want %d to %d", line, least, most)
					}
				}
			}
			p.kill(syscall.SIGTERM)
			p.code()
		})
	}
}

// TestOOMScoreOfLaunched: a launched command has the score that the container was
// started with, and PID 1 a lower one where it may.
func TestOOMScoreOfLaunched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		drop, off bool
	}{{name: "as we are"}, {name: "without the capability", drop: true}, {name: "off", off: true}} {
		t.Run(c.name, func(t *testing.T) {
			own := 20
			if !c.off {
				own = lowest(t, 20, c.drop)
			}
			p := prepare(t, "sh", "-c", "echo score $(cat /proc/self/oom_score_adj) up; exec sleep 1000")
			if c.off {
				p.Env = append(p.Env, "ENTRYPOINT_OOM_PROTECT=off")
			}
			p.withScore(20, c.drop).start()
			p.await(&p.stdout, "score 20 up\n")
			p.until("its own score", func() bool { return oomScore(t, p.Process.Pid) == own })
		})
	}
}

// TestOutOfMemory: where the memory of a container runs out because of many small
// processes, none of which is as large as PID 1, the kernel ends one of them and the
// container goes on.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprintf("without capability %v", drop), func(t *testing.T) {
			text := "[entrypoint]\nexit_on = never\n[program:many]\nnumprocs = 80\nprocess_name = %(process_num)d\nautorestart = false\n" +
				"command = sh -c \"x=$(head -c 600000 /dev/zero | tr '\\\\0' x); sleep 1000; echo $x\"\n"
			file := filepath.Join(t.TempDir(), "programs.conf")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			p := prepare(t, "-c", file)
			p.withScore(0, drop)
			group := p.limitMemory(48 << 20)
			p.start()
			p.until("programs that the kernel has killed", func() bool { return oomKills(t, group) >= 3 })
			p.await(&p.stderr, "killed by SIGKILL")
			if out, err := p.inside("ctl", "status", "many:1").CombinedOutput(); err != nil && len(out) == 0 {
				t.Errorf("status: %v", err)
			}
		})
	}
}

// inside is a call of entry-point in the namespace of p.
func (p *initProcess) inside(args ...string) *exec.Cmd {
	pid := itoa(p.Process.Pid)
	return startPlain(p.t, "nsenter", append([]string{"--pid=/proc/" + pid + "/ns/pid_for_children", "--mount=/proc/" + pid + "/ns/mnt", binary}, args...)...)
}

// oomKills is how many processes of a control group the kernel has killed.
func oomKills(t *testing.T, group string) int {
	t.Helper()
	for _, file := range []string{"memory.events", "memory.oom_control"} {
		text, err := os.ReadFile(filepath.Join(group, file))
		if err != nil {
			continue
		}
		if _, after, ok := strings.Cut("\n"+string(text), "\noom_kill "); ok {
			number, _, _ := strings.Cut(after, "\n")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the control group does not count kills")
	return 0
}
