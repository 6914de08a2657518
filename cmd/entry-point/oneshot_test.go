package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOneMigration: of two containers on one volume one migrates, the other waits
// for it, and both serve then; a third one does not migrate again.
func TestOneMigration(t *testing.T) {
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
	for begin := time.Now(); !strings.Contains(all[0].stderr.String()+all[1].stderr.String(), waits); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatal("nobody waits for the other one")
		}
	}
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
