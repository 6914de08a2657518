package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

// hangingDir is a directory of a FUSE file system that never answers: everything
// that asks it waits, as with a server of NFS that is gone. answer ends that: who
// waits is told that nothing is connected any more (ENOTCONN).
func hangingDir(t *testing.T) (dir string, answer func()) {
	t.Helper()
	skip.UnlessRoot(t, "to mount a file system")
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	skip.Unless(t, err == nil, "/dev/fuse")
	dir = filepath.Join(t.TempDir(), "hangs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// Nobody reads the requests, not even the first one that begins the protocol,
	// so that who waits can be killed.
	if err := unix.Mount("hangs", dir, "fuse", 0, "fd="+itoa(fd)+",rootmode=40755,user_id=0,group_id=0,allow_other"); err != nil {
		t.Fatal(err)
	}
	open := true
	answer = func() {
		if open {
			open = false
			unix.Close(fd)
		}
	}
	t.Cleanup(func() {
		answer()
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, answer
}

// quickly is how long the loop may take to answer while something hangs: two waits
// of a quarter of a second, on a machine that has other work. What hangs never answers.
const quickly = 10 * time.Second

// late says whether something has taken longer than its limit, on a machine as busy as
// this one is now: where a process that only says its version takes long, ten times of
// that are allowed besides.
func late(took, limit time.Duration) bool {
	if took <= limit {
		return false
	}
	begin := time.Now()
	_ = exec.Command(binary, "--version").Run()
	return took > limit+10*time.Since(begin)
}

// responds fails unless the loop answers quickly and a program that has nothing to
// do with what hangs runs.
func (p *initProcess) responds() (status string) {
	p.t.Helper()
	p.awaitSocket()
	for range 3 {
		begin := time.Now()
		out, _ := p.ctl(binary, "ctl", "status")
		if took := time.Since(begin); late(took, quickly) {
			p.t.Errorf("status was answered after %v", took)
		}
		status = out
	}
	p.await(&p.stderr, "good: running, up for 1s")
	return status
}

// stops fails unless TERM ends it soon.
func (p *initProcess) stops() {
	p.t.Helper()
	begin := time.Now()
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if took := time.Since(begin); late(took, 2*quickly) {
		p.t.Errorf("stopped after %v", took)
	}
}

// TestHangingFiles: a file system that does not answer holds up what needs it, and
// neither the loop nor anything else.
func TestHangingFiles(t *testing.T) {
	t.Parallel()
	const good = "[program:good]\ncommand = sleep 1000\n"
	for name, tt := range map[string]struct {
		config string // HANGS is the directory
		logged string // what is said of it
		status string // what ctl status shows
	}{
		"command": {
			"[program:bad]\ncommand = HANGS/bin/app\npriority = 1\n", `bad: cannot look for command "HANGS/bin/app": the file system has not answered for `,
			`cannot be started yet, next try in `,
		},
		"PATH": {
			"[program:bad]\ncommand = no-such-app\nenvironment = PATH=\"HANGS/bin:/bin\"\npriority = 1\n", `bad: cannot look for command "no-such-app": the file system has not answered`,
			`cannot be started yet, next try in `,
		},
		"log file": {
			"[program:bad]\ncommand = sleep 1000\nstdout_logfile = HANGS/out.log\npriority = 1\n", `bad: cannot open log file "HANGS/out.log": the file system has not answered`,
			`cannot be started yet, next try in `,
		},
		"AUTO log files": {
			"[supervisord]\nchildlogdir = HANGS\n[program:bad]\ncommand = sleep 1000\nstdout_logfile = AUTO\npriority = 1\n", `bad: cannot create a log file for bad (stdout): the file system has not answered`,
			`cannot be started yet, next try in `,
		},
		"journal": {
			"[supervisord]\nlogfile = HANGS/supervisord.log\n", `cannot look for directory "HANGS": the file system has not answered`, "",
		},
		"pidfile": {
			"[supervisord]\npidfile = HANGS/supervisord.pid\n", `cannot write the pidfile: the file system has not answered`, "",
		},
		"watched directory": {
			"[program:bad]\ncommand = sleep 1000\nrestart_directory_monitor = HANGS/src\npriority = 1\n", `cannot look for directory "HANGS/src": the file system has not answered`,
			`pid `,
		},
		"socket": {
			"[fcgi-program:bad]\ncommand = sleep 1000\nsocket = unix://HANGS/app.sock\npriority = 1\n", `bad: cannot listen on unix://HANGS/app.sock: the file system has not answered`,
			`cannot be started yet, next try in `,
		},
		"once": {
			"[program:bad]\ncommand = true\ntype = oneshot\nonce = per-volume\nonce_dir = HANGS\npriority = 1\n", "", "STOPPED",
		},
		"health check": {
			"[program:bad]\ncommand = sleep 1000\nlive = exec:HANGS/check\nlive_interval = 1s\nlive_failures = 1\npriority = 1\n",
			`cannot look for command "HANGS/check": the file system has not answered`, "RUNNING",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, answer := hangingDir(t)
			in := func(text string) string { return strings.ReplaceAll(text, "HANGS", dir) }
			p := controlled(t, in(tt.config)+good).start()
			p.await(&p.stderr, in(tt.logged))
			if status := p.responds(); !strings.Contains(status, tt.status) {
				t.Errorf("status:\n%s", status)
			}
			if n := strings.Count(p.stderr.String(), "everything else goes on"); n > 2 {
				t.Errorf("it is told %d times; stderr:\n%s", n, p.stderr.String())
			}
			p.stops()
			answer()
		})
	}
}

// TestHangingEnds: a start that has waited for a file system goes on when that
// answers, be it with an error.
func TestHangingEnds(t *testing.T) {
	t.Parallel()
	dir, answer := hangingDir(t)
	p := controlled(t, "[program:bad]\ncommand = "+dir+"/bin/app\nstartretries = 0\n").start()
	p.await(&p.stderr, "it is started as soon as that can be done")
	answer()
	p.await(&p.stderr, "the file system has answered after ")
	p.await(&p.stderr, "bad: cannot run ")
	p.wantCode(126)
}

// TestHangingConfiguration: a configuration that does not answer keeps nothing from
// starting that could, and a request to stop is heard.
func TestHangingConfiguration(t *testing.T) {
	t.Parallel()
	dir, _ := hangingDir(t)
	p := prepare(t, "-c", dir+"/programs.conf").start()
	p.await(&p.stderr, "cannot read the configuration: the file system has not answered for 1s")
	begin := time.Now()
	p.kill(syscall.SIGTERM)
	p.wantCode(143)
	if took := time.Since(begin); late(took, quickly) {
		t.Errorf("stopped after %v", took)
	}
}

// TestHangingReload: so does one that is read again.
func TestHangingReload(t *testing.T) {
	t.Parallel()
	dir, _ := hangingDir(t)
	p := controlled(t, "[program:good]\ncommand = sleep 1000\n").start()
	p.await(&p.stderr, "good: running")
	p.write("programs.conf", "[include]\nfiles = "+dir+"/*.conf\n[program:good]\ncommand = sleep 1000\n")
	for range 5 {
		p.kill(syscall.SIGHUP)
	}
	p.await(&p.stderr, "received SIGHUP: reading the configuration again")
	p.responds()
	p.stops()
}

// TestHangingDirectory: a program whose working directory does not answer. Its
// process is there, between fork and execve, hears nothing but SIGKILL, and gets that
// when the budget is over.
func TestHangingDirectory(t *testing.T) {
	t.Parallel()
	dir, _ := hangingDir(t)
	p := controlled(t, "[entrypoint]\nstop_budget = 3s\n[program:bad]\ncommand = sleep 1000\ndirectory = "+dir+"\npriority = 1\n[program:good]\ncommand = sleep 1000\n").start()
	p.responds()
	p.kill(syscall.SIGTERM)
	p.wantCode(137)
}

// TestFIFOs: pipes that nobody reads in the places of files.
func TestFIFOs(t *testing.T) {
	t.Parallel()
	p := controlled(t, "[supervisord]\npidfile = fifo\nlogfile = fifo\n[program:good]\ncommand = sh -c \"echo here; exec sleep 1000\"\nstdout_logfile = fifo\n")
	if err := syscall.Mkfifo(filepath.Join(p.Dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+filepath.Join(p.Dir, "fifo"))
	p.start()
	p.responds()
	p.stops()
}
