package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// supervise starts entry-point in production mode with a configuration file of
// this text, as PID 1.
func supervise(t *testing.T, text string, args ...string) *initProcess {
	t.Helper()
	file := filepath.Join(t.TempDir(), "programs.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return start(t, append([]string{"-c", file}, args...)...)
}

const loop = `while :; do sleep 0.05; done`

func TestProductionStopsInOrder(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:app]
command = sh -c "trap 'echo app ends; exit 0' TERM; echo app up; `+loop+`"
priority = 10
[program:front]
command = sh -c "trap 'sleep 0.3; echo front ends; exit 0' QUIT; echo front up; `+loop+`"
stopsignal = QUIT
priority = 20
`)
	p.await(&p.stdout, "front up")
	p.await(&p.stdout, "app up")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if got := p.stdout.String(); !strings.Contains(got, "Running app in production mode!\n") || !strings.HasSuffix(got, "front ends\napp ends\n") {
		t.Errorf("stdout:\n%s", got)
	}
}

func TestProductionEscalates(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:deaf]
command = sh -c "trap '' TERM; echo up; `+loop+`"
stopwaitsecs = 1
`)
	p.await(&p.stdout, "up")
	begin := time.Now()
	p.kill(syscall.SIGTERM)
	p.wantCode(137)
	if took := time.Since(begin); took < 900*time.Millisecond {
		t.Errorf("killed after %v, before stopwaitsecs were over", took)
	}
	if !strings.Contains(p.stderr.String(), "deaf: has not ended in time, killing it") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
}

// TestProductionGivesUp: the code of the program that cannot be kept up is the
// container's, and the others are stopped properly first.
func TestProductionGivesUp(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:bad]
command = sh -c "exit 42"
startretries = 1
[program:good]
command = sh -c "trap 'echo good ends; exit 0' TERM; `+loop+`"
`)
	p.wantCode(42)
	if !strings.Contains(p.stdout.String(), "good ends") || !strings.Contains(p.stderr.String(), "bad: exit code 42 after") ||
		!strings.Contains(p.stderr.String(), "given up after 2 tries") {
		t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
	}
}

func TestProductionNotFound(t *testing.T) {
	t.Parallel()
	p := supervise(t, "[program:gone]\ncommand = no-such-program\nstartretries = 0\n")
	p.wantCode(127)
	if !strings.Contains(p.stderr.String(), `gone: cannot run "no-such-program": not found in PATH`) {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
}

// TestProductionRestarts kills a program that leaves members of its process
// group behind: they are gone before the next incarnation starts.
func TestProductionRestarts(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:app]
command = sh -c "sleep 1000 & echo up $$; wait"
autorestart = true
startsecs = 0
`)
	p.await(&p.stdout, "up ")
	first := p.stdout.String()
	// From inside: the pid in its own namespace.
	pid := first[strings.LastIndex(first, " ")+1 : len(first)-1]
	p.signalInside(pid)
	p.await(&p.stderr, "ending the rest of its process group")
	p.await(&p.stdout, first+"up ")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// signalInside kills a process by its pid inside the namespace.
func (p *initProcess) signalInside(pid string) {
	p.t.Helper()
	nsenter := startPlain(p.t, "nsenter", "--pid=/proc/"+itoa(p.Process.Pid)+"/ns/pid_for_children", "kill", "-9", pid)
	if out, err := nsenter.CombinedOutput(); err != nil {
		p.t.Fatalf("cannot kill process %s: %v\n%s", pid, err, out)
	}
}

// TestProductionEnvironment: a program's own value is the only one of its name;
// env prints every entry that there is.
func TestProductionEnvironment(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:one]
command = env
environment = HOME="/srv/app",ADDED="yes"
autorestart = false
startsecs = 0
`)
	p.wantCode(0)
	got := "\n" + p.stdout.String()
	if !strings.Contains(got, "\nHOME=/srv/app\n") || !strings.Contains(got, "\nADDED=yes\n") || strings.Count(got, "\nHOME=") != 1 {
		t.Errorf("stdout:\n%s", got)
	}
}

func TestProductionEndsWithItsPrograms(t *testing.T) {
	t.Parallel()
	p := supervise(t, `
[program:one]
command = sh -c "sleep 0.2; exit 3"
autorestart = false
startsecs = 0
[program:two]
command = sh -c "sleep 0.4"
autorestart = false
startsecs = 0
`)
	p.wantCode(3)
}

// TestProductionSurvivesSignals: what is no request to stop changes nothing.
func TestProductionSurvivesSignals(t *testing.T) {
	t.Parallel()
	p := supervise(t, "[program:app]\ncommand = sh -c \"echo up; "+loop+"\"\n")
	p.await(&p.stdout, "up")
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		switch sig {
		case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPWR, 37, syscall.SIGKILL, syscall.SIGSTOP: // 37 is SIGRTMIN+3
		default:
			p.kill(sig)
		}
	}
	p.await(&p.stderr, "configuration read again: nothing has changed")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if strings.Count(p.stdout.String(), "up") != 1 {
		t.Errorf("stdout:\n%s", p.stdout.String())
	}
}

// TestNobodyReads: a container whose output nobody takes starts, runs and stops
// all the same; so does one whose output is closed.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	config := "[program:app]\ncommand = sh -c \"echo up > up; trap 'exit 0' TERM; exec >&- 2>&-; " + loop + "\"\n"
	for _, closed := range []bool{false, true} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		if closed {
			read.Close()
		} else {
			fill(t, write)
		}
		p := prepare(t, "-v", "-c", "programs.conf")
		if err := os.WriteFile(filepath.Join(p.Dir, "programs.conf"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		p.Stdout, p.Stderr = write, write
		p.start()
		write.Close()
		eventually.So(t, fmt.Sprintf("closed %v: the program starts", closed), func() bool {
			_, err := os.Stat(filepath.Join(p.Dir, "up"))
			return err == nil
		}, nil)
		p.kill(syscall.SIGTERM)
		if code := p.code(); code != 0 {
			t.Errorf("closed %v: exit code %d", closed, code)
		}
	}
}

// fill writes to a pipe until it takes no more.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	fd := int(pipe.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := syscall.Write(fd, make([]byte, 4096)); err != nil {
			break
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

func TestCheckConfiguration(t *testing.T) {
	t.Parallel()
	p := supervise(t, "[program:app]\ncommand = sleep 1\n", "-t")
	p.wantCode(0)
	p = supervise(t, "[program:app]\nstopsignal = TREM\n[program:other]\ncommand = x\nstartsecs = soon\n", "-t")
	p.wantCode(78)
	got := p.stderr.String()
	for _, want := range []string{"programs.conf:2: [program:app] stopsignal:", "programs.conf:5: [program:other] startsecs:", "[program:app]: the key command is missing"} {
		if !strings.Contains(got, want) {
			t.Errorf("stderr lacks %q:\n%s", want, got)
		}
	}
}

// TestWithoutProc: production and launch mode where /proc is not mounted.
func TestWithoutProc(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	if err := os.WriteFile(filepath.Join(p.Dir, "programs.conf"), []byte(`
[program:app]
command = sh -c "trap 'echo ends; exit 0' TERM; echo up; `+loop+`"
`), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `mount --make-rprivate / && mount -t tmpfs none /proc && exec "$0" -c programs.conf`, binary}
	p.start()
	p.await(&p.stdout, "up")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)

	p = prepare(t)
	p.Path = "/bin/sh"
	p.Args = []string{"sh", "-c", `mount --make-rprivate / && mount -t tmpfs none /proc && exec "$0" sh -c 'setsid sleep 100 & exit 6'`, binary}
	p.start()
	p.wantCode(6)
}

// TestDrain: after TERM the container is not ready and serves on, until its drain is over,
// which is here when TERM comes once more; a drain that leaves no time to stop is refused.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := controlled(t, `
[entrypoint]
drain = 100s
stop_budget = 200s
[program:app]
command = sh -c "trap 'echo app ends; exit 0' TERM; `+loop+`"
`)
	p.start()
	p.awaitSocket()
	p.await(&p.stderr, "app: running")
	if text, code := p.ctl(binary, "ctl", "health"); code != 0 {
		t.Errorf("before: %d, %s", code, text)
	}
	p.kill(syscall.SIGTERM)
	p.await(&p.stderr, "received SIGTERM: not ready any more, stopping in 1 min 40 s")
	if text, code := p.ctl(binary, "ctl", "health"); code != 1 || text != "not ready: the container is stopping\n" {
		t.Errorf("while it drains: %d, %s", code, text)
	}
	if text, _ := p.ctl(binary, "ctl", "status"); !strings.Contains(text, "RUNNING") || strings.Contains(p.stdout.String(), "app ends") {
		t.Errorf("while it drains: %s", text)
	}
	<-time.After(600 * time.Millisecond) // within half a second it would be taken for the first one
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if !strings.Contains(p.stdout.String(), "app ends") || !regexp.MustCompile(` of 3 min 20 s: drain [\d.]+m?s, app `).MatchString(p.stderr.String()) {
		t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
	}

	p = controlled(t, "[program:app]\ncommand = sleep 100\n")
	p.Env = append(p.Env, "ENTRYPOINT_DRAIN=9s")
	p.start()
	p.wantCode(78)
	if !strings.Contains(p.stderr.String(), "a drain of 9s leaves no time to stop: the budget of the whole stop is 9s; raise stop_budget") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
}
