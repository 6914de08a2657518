package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFilesChange: new files restart one program and tell another one by a
// signal; a new binary restarts a third; a reload ends the watching.
func TestFilesChange(t *testing.T) {
	t.Parallel()
	const app = "#!/bin/sh\necho version "
	p := configured(t, map[string]string{"programs.conf": `
[program:web]
command = sh -c "echo web up; ` + loop + `"
restart_directory_monitor = %(here)s/app
restart_file_pattern = *.py
[program:front]
command = sh -c "trap 'echo told' HUP; echo front up; ` + loop + `"
restart_directory_monitor = %(here)s/app
restart_signal_when_file_changed = HUP
[program:tool]
command = %(here)s/tool
restart_when_binary_changed = true
`})
	if err := os.Mkdir(filepath.Join(p.Dir, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("app/main.py", "1")
	p.write("tool", app+"1\n"+loop+"\n")
	p.makeExecutable("tool")
	p.start()
	p.await(&p.stdout, "web up")
	p.await(&p.stdout, "front up")
	p.await(&p.stdout, "version 1")

	p.write("app/main.py", "2")
	p.await(&p.stdout, "told")
	p.awaitTimes(&p.stdout, "web up", 2)
	p.await(&p.stderr, "web: files in "+filepath.Join(p.Dir, "app")+" have changed, restarting it")

	p.write("app/style.css", "2")
	p.awaitTimes(&p.stdout, "told", 2)

	p.write("new", app+"2\n"+loop+"\n")
	p.makeExecutable("new")
	if err := os.Rename(filepath.Join(p.Dir, "new"), filepath.Join(p.Dir, "tool")); err != nil {
		t.Fatal(err)
	}
	p.await(&p.stdout, "version 2")

	p.write("programs.conf", "[program:web]\ncommand = sh -c \"echo web alone; "+loop+"\"\n")
	p.kill(syscall.SIGHUP)
	p.await(&p.stdout, "web alone")
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if n := strings.Count(p.stdout.String(), "web up"); n != 2 {
		t.Errorf("web was started %d times", n)
	}
}

func (p *initProcess) makeExecutable(name string) {
	p.t.Helper()
	if err := os.Chmod(filepath.Join(p.Dir, name), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

// awaitTimes waits until text was written n times.
func (p *initProcess) awaitTimes(o *output, text string, n int) {
	p.t.Helper()
	timeout := time.After(patience)
	for {
		changed := o.next()
		if strings.Count(o.String(), text) >= n {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			p.t.Fatalf("%q was not written %d times:\n%s\nstderr:\n%s", text, n, p.stdout.String(), p.stderr.String())
		}
	}
}
