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
	"time"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// pidsGroup makes a control group of at most limit processes, and returns its directory.
func pidsGroup(t *testing.T, limit int) string {
	t.Helper()
	root := "/sys/fs/cgroup/pids" // version 1
	if _, err := os.Stat(root); err != nil {
		root = "/sys/fs/cgroup"
	}
	dir, err := os.MkdirTemp(root, "entry-point-test-")
	skip.Unless(t, err == nil, "a control group hierarchy for pids that may be written to")
	t.Cleanup(func() {
		eventually.So(t, "an empty control group", func() bool { err = os.Remove(dir); return err == nil }, func() string { return err.Error() })
	})
	setPids(t, dir, limit)
	return dir
}

func setPids(t *testing.T, group string, limit int) {
	t.Helper()
	err := os.WriteFile(filepath.Join(group, "pids.max"), []byte(strconv.Itoa(limit)), 0o644)
	skip.Unless(t, err == nil, "the controller pids")
}

// inGroup lets p start as a member of a control group. With seen it can read the
// limit, as in a container; without, it is as that of a pod.
func (p *initProcess) inGroup(group string, seen bool) *initProcess {
	script := `echo 0 >"$0/cgroup.procs" && mount --make-rprivate / && mount -t proc proc /proc && `
	if seen {
		script += `mount --bind "$0" "${0%/*}" && `
	}
	p.Args = append([]string{"sh", "-c", script + `exec "$@"`, group, binary}, p.Args[1:]...)
	p.Path = "/bin/sh"
	if !seen {
		p.Env = append(p.Env, "KUBERNETES_SERVICE_HOST=10.0.0.1")
	}
	return p
}

// filler is the program that takes all processes.
func filler(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("testdata/filler.c")
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, "filler", string(source))
}

// full waits until no process is to be had in a group.
func full(t *testing.T, group string, limit int) {
	t.Helper()
	n := 0
	eventually.So(t, "a full control group", func() bool {
		text, err := os.ReadFile(filepath.Join(group, "pids.current"))
		if err != nil {
			t.Fatal(err)
		}
		n, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return n >= limit
	}, func() string { return fmt.Sprintf("%d of %d processes", n, limit) })
}

// ctlInside runs ctl as docker exec does: it is a process of the container and joins its
// control group, where there may be no room for another one.
func (p *initProcess) ctlInside(group string, words ...string) (text string, code int) {
	p.t.Helper()
	// The group stands in the place of its parent where p can read its limit.
	script := `[ -d "$0" ] && group=$0 || group=${0%/*}; echo 0 >"$group/cgroup.procs" && exec "$@"`
	cmd := exec.Command("nsenter", append([]string{
		"--target", itoa(p.Process.Pid), "--mount", "--pid", "sh", "-c", script, group, binary, "ctl",
	}, words...)...)
	for _, entry := range p.Env {
		if strings.HasPrefix(entry, "ENTRYPOINT_SOCKET=") {
			cmd.Env = append(os.Environ(), entry)
		}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// threads counts those of p.
func (p *initProcess) threads() int {
	p.t.Helper()
	tasks, err := os.ReadDir("/proc/" + itoa(p.Process.Pid) + "/task")
	if err != nil {
		p.t.Fatalf("%v; stderr:\n%s", err, p.stderr.String())
	}
	return len(tasks)
}

// afterTheStart is longer than anything that PID 1 still has to do by itself when it
// has started its programs.
const afterTheStart = 2500 * time.Millisecond

// lives fails if p ends within the time.
func (p *initProcess) lives(d time.Duration) {
	p.t.Helper()
	select {
	case <-p.done:
		p.t.Fatalf("ended with exit code %d; stderr:\n%s", p.ProcessState.ExitCode(), p.stderr.String())
	case <-time.After(d):
	}
}

// TestFullOfProcesses: a program that takes every process of the container, by forks
// or threads, silent or printing, harms neither PID 1 nor the program beside it, and
// the container ends as it should.
func TestFullOfProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long")
	}
	file := filler(t)
	for _, limit := range []int{10, 11, 12, 14, 17, 20, 30, 50, 100, 200, 500} {
		for _, kind := range []string{"fork", "fork print", "thread", "thread print"} {
			for _, seen := range []bool{true, false} {
				name := itoa(limit) + " " + kind
				if !seen {
					name += " pod"
					if limit < 20 {
						continue
					}
				}
				t.Run("launch "+name, func(t *testing.T) {
					t.Parallel()
					group := pidsGroup(t, limit)
					p := prepare(t, append([]string{file}, strings.Fields(kind)...)...).inGroup(group, seen).start()
					p.await(&p.stderr, "filled with")
					full(t, group, limit)
					p.lives(afterTheStart)
					if text, code := p.ctlInside(group, "health"); code != 0 || !strings.HasPrefix(text, "healthy: ") {
						t.Errorf("health: exit code %d\n%s", code, text)
					}
					p.kill(syscall.SIGTERM)
					p.wantCode(143)
				})
				t.Run("production "+name, func(t *testing.T) {
					t.Parallel()
					group := pidsGroup(t, limit)
					p := controlled(t, "[program:good]\ncommand = "+file+" good\npriority = 1\n"+
						"[program:hog]\ncommand = "+file+" "+kind+"\nautorestart = false\n").inGroup(group, seen).start()
					// Or there is no room even for the first process of the program.
					p.awaitThat("a full group", func() bool {
						said := p.stderr.String()
						return strings.Contains(said, "filled with") || strings.Contains(said, "hog: cannot run ")
					})
					full(t, group, limit)
					p.lives(afterTheStart)
					if text, code := p.ctl(binary, "ctl", "status"); code != 0 || !strings.Contains(text, "good") {
						t.Errorf("exit code %d\n%s", code, text)
					}
					p.await(&p.stdout, "a line of a program")
					if text, code := p.ctlInside(group, "status"); code != 0 || !strings.Contains(text, "\ngood  RUNNING ") {
						t.Errorf("status: exit code %d\n%s", code, text)
					}
					// The hog has no process where there is no room for one.
					if text, code := p.ctlInside(group, "health"); !(code == 0 && text == "ready\n") && !(code == 1 && text == "not ready: waiting for hog\n") {
						t.Errorf("health: exit code %d\n%s", code, text)
					}
					p.kill(syscall.SIGTERM)
					p.wantCode(0)
				})
			}
		}
	}
}

// TestThreePrograms start where there may be twenty processes.
func TestThreePrograms(t *testing.T) {
	t.Parallel()
	file, text := filler(t), ""
	for _, name := range []string{"a", "b", "c"} {
		text += "[program:" + name + "]\ncommand = " + file + " good\nuser = nobody\nstartsecs = 0\n"
	}
	for i := range 5 {
		t.Run(itoa(i), func(t *testing.T) {
			p := controlled(t, text).inGroup(pidsGroup(t, 20), true).start()
			p.awaitSocket()
			if text, code := p.ctl(binary, "ctl", "status"); code != 0 || strings.Count(text, "RUNNING") != 3 {
				t.Errorf("exit code %d\n%s\n%s", code, text, p.stderr.String())
			}
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
}

// TestNoNewThread: whatever its programs and clients do, PID 1 has as many threads as
// after its start, and it can be denied every other one.
func TestNoNewThread(t *testing.T) {
	t.Parallel()
	file := filler(t)
	for _, limit := range []int{20, 1000} { // a plan for each
		t.Run(itoa(limit), func(t *testing.T) {
			group := pidsGroup(t, limit)
			p := controlled(t, "[program:good]\ncommand = "+file+" good\n").inGroup(group, true).start()
			p.awaitSocket()
			want := p.threads()
			setPids(t, group, want+1)
			p.lives(afterTheStart)
			if got := p.threads(); got != want {
				t.Errorf("%d threads after %v, %d at first", got, afterTheStart, want)
			}
		})
	}

	// More of everything than there are threads, and nobody reads what is printed.
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "[entrypoint]\nlog_format = prefix\nstop_budget = 4s\n"
	for i := range 10 {
		n := itoa(i)
		text += "[program:out" + n + "]\ncommand = " + file + " good\nredirect_stderr = " + strconv.FormatBool(i%2 == 0) + "\n" +
			"[program:file" + n + "]\ncommand = " + file + " good\nstdout_logfile = " + n + ".log\nstdout_logfile_maxbytes = 1KB\n" +
			"[program:fifo" + n + "]\ncommand = " + file + " good\nstdout_logfile = " + fifo + n + "\n" +
			"[program:err" + n + "]\ncommand = sh -c \"while :; do echo line; echo line >&2; done\"\n" +
			"[program:short" + n + "]\ncommand = sh -c \"(true &); (true &); sleep 0.1\"\nstartsecs = 0\nautorestart = true\n" +
			"[eventlistener:deaf" + n + "]\ncommand = sleep 1000\nevents = TICK_5,PROCESS_STATE\n"
		if err := syscall.Mkfifo(fifo+n, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	group := pidsGroup(t, 1000)
	p := controlled(t, text)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	p.Stdout, p.Stderr = write, write // which nobody reads
	p.inGroup(group, true).start()
	write.Close()
	p.awaitSocket()
	want := p.threads()
	for i := range 40 {
		args := [][]string{
			{"ctl", "logs", "-f"}, {"ctl", "events", "-f"}, {"ctl", "status"}, {"ctl", "top"}, {"ctl", "restart", "short" + itoa(i%10)},
		}[i%5]
		client := exec.Command(binary, args...)
		client.Env = append(os.Environ(), "ENTRYPOINT_SOCKET="+p.socket())
		if err := client.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Process.Kill(); _ = client.Wait() })
	}
	for _, d := range []time.Duration{afterTheStart, afterTheStart} {
		p.lives(d)
		p.kill(syscall.SIGUSR2) // reopens the logs
		if got := p.threads(); got != want {
			t.Errorf("%d threads, %d at first", got, want)
		}
	}
	p.kill(syscall.SIGTERM)
	_ = p.code() // programs that nobody hears may have to be killed
}
