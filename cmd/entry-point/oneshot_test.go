package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// TestOneMigration: of two containers on one volume one migrates, the other waits
// for it, and both serve then; a third one does not migrate again.
func TestOneMigration(t *testing.T) {
	t.Parallel()
	volume := t.TempDir()
	ran, finish := filepath.Join(volume, "ran"), filepath.Join(volume, "go")
	text := `
[program:migrate]
type = oneshot
once = per-volume
once_dir = ` + volume + `
command = sh -c "echo begins >>` + ran + `; until [ -e ` + finish + ` ]; do sleep 0.05; done; echo ends >>` + ran + `"
[program:web]
depends_on = migrate
command = sh -c "echo web sees $(wc -l <` + ran + `); ` + loop + `"
`
	var all []*initProcess
	for range 2 {
		all = append(all, controlled(t, text).start())
	}
	const waits = "migrate: waits for another container"
	eventually.So(t, "one waits for the other", func() bool { return strings.Contains(all[0].stderr.String()+all[1].stderr.String(), waits) }, nil)
	if err := os.WriteFile(finish, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	waited := 0
	for _, p := range all {
		p.await(&p.stdout, "web sees 2")
		p.await(&p.stderr, "web: running")
		if text, code := p.ctl(binary, "ctl", "health"); code != 0 {
			t.Errorf("health: %d, %s", code, text)
		}
		if text, _ := p.ctl(binary, "ctl", "status", "migrate"); !strings.Contains(text, "EXITED") {
			t.Errorf("status: %s", text)
		}
		if strings.Contains(p.stderr.String(), waits) {
			waited++
			if !strings.Contains(p.stderr.String(), "migrate: has run before, so it is not started") {
				t.Errorf("stderr:\n%s", p.stderr.String())
			}
		}
	}
	third := controlled(t, text).start()
	third.await(&third.stdout, "web sees 2")
	for _, p := range append(all, third) {
		p.kill(syscall.SIGTERM)
		p.wantCode(0)
	}
	data, err := os.ReadFile(ran)
	if err != nil || string(data) != "begins\nends\n" || waited != 1 {
		t.Errorf("%d have waited; the migrations: %q, %v", waited, data, err)
	}
}

// TestMigrationKilled: kill -9 in the middle of a migration lets the one who waits
// do it.
func TestMigrationKilled(t *testing.T) {
	t.Parallel()
	volume := t.TempDir()
	text := `
[program:migrate]
type = oneshot
once = per-volume
once_dir = ` + volume + `
command = sh -c "echo begins; sleep ${TAKES:-0.1}; echo ends"
`
	first := controlled(t, text)
	first.Env = append(first.Env, "TAKES=1000")
	first.start()
	first.await(&first.stdout, "begins")
	second := controlled(t, text).start()
	second.await(&second.stderr, "migrate: waits for another container")
	first.kill(syscall.SIGKILL)
	second.wantCode(0)
	if got := second.stdout.String(); !strings.Contains(got, "begins\nends\n") {
		t.Errorf("stdout:\n%s", got)
	}
}

// TestLockHeld: who may read a mark's file can lock it, and an attacker has done so
// before it was closed off. The container ends in time and names him; the loop turns
// meanwhile. In launch mode and setup the same.
func TestLockHeld(t *testing.T) {
	t.Parallel()
	volume := t.TempDir()
	mark := filepath.Join(volume, ".entry-point-once", "migrate")
	if err := os.MkdirAll(filepath.Dir(mark), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mark, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(mark)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	p := controlled(t, `
[program:migrate]
type = oneshot
once = per-volume
once_dir = `+volume+`
once_timeout = 2s
command = echo migrates
[program:web]
depends_on = migrate
command = echo web runs
`)
	p.start()
	p.awaitSocket()
	p.await(&p.stderr, "migrate: waits for another container that runs it ("+volume+", locked by ")
	if text, _ := p.ctl(binary, "ctl", "status", "migrate"); !strings.Contains(text, "waits for another container") {
		t.Errorf("status: %s", text)
	}
	p.wantCode(75)
	if said := p.stderr.String(); !strings.Contains(said, "migrate: not started: "+mark+" is locked by ") || !strings.Contains(said, "which has given no sign of life for 2s (once_timeout)") ||
		!strings.Contains(said, "stopping the container with exit code 75, because migrate has failed") {
		t.Errorf("stderr:\n%s", said)
	}
	if said := p.stdout.String(); strings.Contains(said, "migrates") || strings.Contains(said, "web runs") {
		t.Errorf("stdout:\n%s", said)
	}

	p = prepare(t, "-d", "--lock-timeout", "1s", "--", "echo", "runs")
	setupTools(p)
	f, err = os.Create(filepath.Join(p.Dir, ".entry-point-setup"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	p.start().wantCode(75)
	if said := p.stderr.String(); !strings.Contains(said, "cannot set up: .entry-point-setup is locked by ") {
		t.Errorf("stderr:\n%s", said)
	}

	p = prepare(t, "-d", "--lock-timeout", "1s", "--", "echo", "runs")
	setupTools(p)
	dir, err := os.Open(p.Dir) // a lock on the directory keeps nobody out
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	p.start().wantCode(0)
	if _, err := os.Lstat(filepath.Join(p.Dir, ".entry-point-setup")); err == nil {
		t.Error("the lock file is left over")
	}
}
