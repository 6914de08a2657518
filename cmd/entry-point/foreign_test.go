package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// What a program's user can write to, and root writes to as well: each test has a
// victim that is root's, in etc of the working directory, and a directory log that
// belongs to nobody.

const (
	nobody    = 65534
	untouched = "what root has written\n"
)

// attacked is controlled with a victim. DIR in config is its working directory.
func attacked(t *testing.T, config string, args ...string) *initProcess {
	t.Helper()
	p := prepare(t, append([]string{"-c", "programs.conf"}, args...)...)
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+p.socket())
	p.write("programs.conf", strings.ReplaceAll(config, "DIR", p.Dir))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(filepath.Dir(p.Dir), 0o755))
	for _, dir := range []string{"etc", "log"} {
		must(os.Mkdir(filepath.Join(p.Dir, dir), 0o755))
	}
	must(os.Chown(filepath.Join(p.Dir, "log"), nobody, nobody))
	p.write("etc/victim", untouched)
	t.Cleanup(func() {
		if got := p.read("etc/victim"); got != untouched {
			t.Errorf("the victim has %.200q", got)
		}
		var names []string
		entries, _ := os.ReadDir(filepath.Join(p.Dir, "etc"))
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if len(names) != 1 {
			t.Errorf("the victim's directory has %q", names)
		}
	})
	return p
}

// trap puts a link of nobody's there, in place of what is there.
func (p *initProcess) trap(target, name string) {
	p.t.Helper()
	name = filepath.Join(p.Dir, name)
	_ = os.RemoveAll(name)
	err := os.Symlink(filepath.Join(p.Dir, target), name)
	if err == nil {
		err = os.Lchown(name, nobody, nobody)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestForeignLog: a program puts a link, a directory's link, a hard link (which
// fs.protected_hardlinks may let it make) or a FIFO into the place of its log and ends.
// What it prints goes nowhere but into its log, and it is not started again, with the
// reason.
func TestForeignLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, log, attack, want string }{
		{"link", "log/out.log", "ln -sf DIR/etc/victim DIR/log/out.log", "it is a symbolic link that user nobody made"},
		{"new file", "log/out.log", "ln -sf DIR/etc/new DIR/log/out.log", "it is a symbolic link that user nobody made"},
		{"directory", "log/sub/victim", "mv DIR/log/sub DIR/log/was; ln -s DIR/etc DIR/log/sub", `"DIR/log/sub" is a symbolic link that user nobody made`},
		{"hard link", "log/out.log", "rm DIR/log/out.log; while ! test -e DIR/log/out.log; do sleep 0.01; done", `it has another name (a hard link) in "DIR/log", where user nobody can write`},
		{"FIFO", "log/out.log", "rm DIR/log/out.log; mkfifo DIR/log/out.log", "it is a FIFO that user nobody made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := attacked(t, `
[entrypoint]
exit_on = never
[program:app]
command = sh -c "echo first; `+c.attack+`; echo root::0:0::/root:/bin/sh"
user = nobody
stdout_logfile = DIR/`+c.log+`
stdout_logfile_maxbytes = 1MB
autorestart = true
startsecs = 0
startretries = 1
[program:good]
command = sh -c "echo up; `+loop+`"
`)
			if c.name == "directory" {
				sub := filepath.Join(p.Dir, "log/sub")
				if err := os.Mkdir(sub, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Chown(sub, nobody, nobody); err != nil {
					t.Fatal(err)
				}
			}
			p.start()
			if c.name == "hard link" {
				file := filepath.Join(p.Dir, c.log)
				eventually.So(t, "a second link", func() bool {
					return os.Link(filepath.Join(p.Dir, "etc/victim"), file) == nil && p.read(c.log) == untouched
				}, nil)
			}
			p.await(&p.stderr, `app: cannot open log file "`+filepath.Join(p.Dir, c.log)+`": `+strings.ReplaceAll(c.want, "DIR", p.Dir))
			p.awaitSocket()
			eventually.So(t, "one is given up and the other runs", func() bool {
				text, _ := p.ctl(binary, "ctl", "status")
				return strings.Contains(text, "FATAL") && strings.Contains(text, "RUNNING")
			}, p.stderr.String)
			p.kill(syscall.SIGTERM)
			p.code()
		})
	}
}

// TestForeignLogOfOthers: what clears a log, and what reads it to a client, is not
// deceived by a program that has put another file there and has ended.
func TestForeignLogOfOthers(t *testing.T) {
	t.Parallel()
	p := attacked(t, `
[entrypoint]
exit_on = never
[program:app]
command = sh -c "echo line"
user = nobody
stdout_logfile = DIR/log/out.log
autorestart = false
startsecs = 0
[program:good]
command = sh -c "echo up; `+loop+`"
`)
	p.start()
	p.awaitSocket()
	p.awaitFile("log/out.log", "line")
	supervisorctl := filepath.Join(t.TempDir(), "supervisorctl")
	if err := os.Symlink(binary, supervisorctl); err != nil {
		t.Fatal(err)
	}
	eventually.So(t, "app has ended", func() bool {
		text, _ := p.ctl(binary, "ctl", "status", "app")
		return strings.Contains(text, "EXITED")
	}, p.stderr.String)
	if text, code := p.ctl(supervisorctl, "tail", "app"); code != 0 || !strings.HasPrefix(text, "line\n") {
		t.Errorf("tail: %d, %q", code, text)
	}
	refused := func(want string) {
		t.Helper()
		if text, code := p.ctl(binary, "ctl", "clear", "app"); code == 0 || !strings.Contains(text, "cannot empty log file") || !strings.Contains(text, want) {
			t.Errorf("clear: %d, %q", code, text)
		}
		if text, _ := p.ctl(supervisorctl, "tail", "app"); strings.Contains(text, untouched) {
			t.Errorf("tail: %q", text)
		}
	}
	p.trap("etc/victim", "log/out.log")
	refused("it is a symbolic link that user nobody made")
	if err := os.Remove(filepath.Join(p.Dir, "log/out.log")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(p.Dir, "etc/victim"), filepath.Join(p.Dir, "log/out.log")); err != nil {
		t.Fatal(err)
	}
	refused("it has another name (a hard link)")
	p.kill(syscall.SIGTERM)
	p.code()
}

// TestForeignRotation: a program exchanges its log, and a directory on the way, all the
// time while other lines of it rotate the log. It lives, and so does the victim.
func TestForeignRotation(t *testing.T) {
	t.Parallel()
	p := attacked(t, `
[entrypoint]
exit_on = never
[program:app]
command = sh -c "while :; do echo root::0:0::/root:/bin/sh; echo root::0:0::/root:/bin/sh; done"
user = nobody
stdout_logfile = DIR/log/sub/victim
stdout_logfile_maxbytes = 200
stdout_logfile_backups = 2
[program:swap]
command = sh -c "cd DIR/log; echo begun; while :; do mv -T sub was; ln -s DIR/etc sub; rm sub; mv -T was sub; ln -sf DIR/etc/victim sub/victim; done"
user = nobody
`)
	sub := filepath.Join(p.Dir, "log/sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(sub, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.awaitSocket()
	p.await(&p.stdout, "begun")
	// Each rotation that meets the attack says so, the same reason once in a row.
	for _, want := range []string{
		`cannot open log file "` + sub + `/victim": `, `cannot rotate log file "` + sub + `/victim": `,
	} {
		p.await(&p.stderr, want)
	}
	end := time.NewTimer(2 * time.Second)
	<-end.C
	if text, _ := p.ctl(binary, "ctl", "status", "app"); !strings.Contains(text, "RUNNING") {
		t.Errorf("status: %s", text)
	}
	p.kill(syscall.SIGTERM)
	p.code()
	if strings.Contains(p.stderr.String(), "panic") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
}

// TestForeignMarks: the pidfile, supervisord's own log, the mark of work that is done
// once, an AUTO log and the last words are neither written nor made where links of
// nobody's lead to; all is said once, and what can run does.
func TestForeignMarks(t *testing.T) {
	t.Parallel()
	p := attacked(t, `
[supervisord]
pidfile = DIR/log/pid
logfile = DIR/log/main
childlogdir = DIR/log/auto
[entrypoint]
exit_on = never
[program:once]
type = oneshot
once = per-volume
once_dir = DIR/log
command = sh -c "echo has run"
[program:other]
type = oneshot
once = per-volume
once_dir = DIR/log/volume
command = sh -c "echo other ran"
[program:auto]
command = sh -c "echo auto"
user = nobody
stdout_logfile = AUTO
startretries = 0
[program:good]
command = sh -c "echo up; `+loop+`"
`)
	marks := filepath.Join(p.Dir, "log/.entry-point-once")
	if err := os.Mkdir(marks, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(marks, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	p.trap("etc/victim", "log/.entry-point-once/once")
	p.trap("etc", "log/volume")
	p.trap("etc/victim", "log/pid")
	p.trap("etc/new", "log/main")
	p.trap("etc", "log/auto")
	p.trap("etc/victim", "log/words")
	p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+p.Dir+"/log/words")
	p.start()
	const made = " is a symbolic link that user nobody made"
	wants := []string{
		"cannot write the pidfile " + p.Dir + "/log/pid: it" + made,
		`cannot open log file "` + p.Dir + `/log/main": it` + made,
		"once: cannot open " + p.Dir + "/log/.entry-point-once/once: it" + made,
		"other: cannot make " + p.Dir + "/log/volume/.entry-point-once: \"" + p.Dir + "/log/volume\"" + made,
		`auto: cannot create a log file in "` + p.Dir + `/log/auto": it` + made,
	}
	for _, want := range wants {
		p.await(&p.stderr, want)
	}
	for _, want := range []string{"has run", "other ran", "up"} {
		p.await(&p.stdout, want)
	}
	p.kill(syscall.SIGTERM)
	p.code()
	for _, want := range wants {
		if n := strings.Count(p.stderr.String(), want); n != 1 {
			t.Errorf("%d times %s", n, want)
		}
	}
}

// TestForeignLastWords: the last words go nowhere but into the file for them.
func TestForeignLastWords(t *testing.T) {
	t.Parallel()
	p := attacked(t, `
[program:app]
command = sh -c "exit 3"
startsecs = 30
startretries = 0
`)
	p.trap("etc/victim", "log/words")
	p.Env = append(p.Env, "ENTRYPOINT_TERMINATION_LOG="+p.Dir+"/log/words")
	p.start()
	p.wantCode(3)
	want := "cannot write the termination log for Kubernetes: " + p.Dir + "/log/words: it is a symbolic link that user nobody made"
	if n := strings.Count(p.stderr.String(), want); n != 1 {
		t.Errorf("%d times %q in\n%s", n, want, p.stderr.String())
	}
}

// TestForeignMarkers: nor do the markers of the first start and of debug mode, in a
// working directory that is nobody's.
func TestForeignMarkers(t *testing.T) {
	t.Parallel()
	skip.Unless(t, has("python3"), "python3")
	victims := attacked(t, "")
	if err := os.Mkdir(filepath.Join(victims.Dir, "log/app"), 0o755); err != nil {
		t.Fatal(err)
	}
	victims.write("log/app/app.py", "print('runs')\n")
	for _, target := range []string{"etc/new", "etc/victim"} {
		p := prepare(t, "-d")
		p.Dir = filepath.Join(victims.Dir, "log")
		victims.trap(target, "log/debug1")
		victims.trap(target, "log/debug0")
		p.start()
		p.wantCode(0)
		if !strings.Contains(p.stdout.String(), "runs") ||
			!strings.Contains(p.stderr.String(), `cannot write marker "debug1": it is a symbolic link that user nobody made`) {
			t.Errorf("stdout:\n%sstderr:\n%s", p.stdout.String(), p.stderr.String())
		}
	}
}

// TestRootsLinks: what root has made a link, in an image, is one: to the container's
// output, also where the directory and the link have been given to the program's
// user, and to a volume of whatever owner.
func TestRootsLinks(t *testing.T) {
	t.Parallel()
	p := attacked(t, `
[supervisord]
pidfile = DIR/run/pid
[entrypoint]
exit_on = never
[program:out]
command = sh -c "echo by link; `+loop+`"
user = nobody
stdout_logfile = DIR/own/out.log
stderr_logfile = DIR/log/err.log
redirect_stderr = false
[program:given]
command = sh -c "echo by given link; `+loop+`"
user = nobody
stdout_logfile = DIR/log/out.log
[program:volume]
command = sh -c "echo on a volume; `+loop+`"
user = nobody
stdout_logfile = DIR/app/volume.log
[program:fd]
command = sh -c "echo by number; `+loop+`"
stdout_logfile = /proc/self/fd/1
stdout_logfile_maxbytes = 0
`)
	p.withProc()
	for _, dir := range []string{"own", "volume"} {
		if err := os.Mkdir(filepath.Join(p.Dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(filepath.Join(p.Dir, "volume"), 4242, 4242); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"own/out.log": "/dev/stdout", "log/err.log": "/dev/stderr", "log/out.log": "/dev/stdout", "app": p.Dir + "/volume", "run": "log",
	} {
		if err := os.Symlink(target, filepath.Join(p.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Lchown(filepath.Join(p.Dir, "log/out.log"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	p.start()
	for _, want := range []string{"by link", "by given link", "by number"} {
		p.await(&p.stdout, want)
	}
	p.awaitFile("volume/volume.log", "on a volume")
	p.awaitFile("log/pid", "1\n")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if got := p.read("log/pid"); got != "" {
		t.Errorf("the pidfile is still there: %q", got)
	}
}
