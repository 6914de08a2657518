package notice

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"entrypoint/config"
	"entrypoint/supervisor/program"
)

// TestJournal: supervisord's words for what happens, in its format, byte for byte.
func TestJournal(t *testing.T) {
	changed := func(before, after program.Program, spawnErr string) *Changed {
		return &Changed{Before: before, After: after, PID: 41, SpawnErr: spawnErr}
	}
	early := func(p *program.Program) { p.Early = true }
	for _, c := range []struct {
		fact Fact
		want []string
	}{
		{Serving{PID: 1, Servers: []config.Server{{Network: "unix"}, {Network: "tcp"}, {Network: "tcp", Password: "x"}}}, []string{
			"INFO RPC interface 'supervisor' initialized",
			"CRIT Server 'unix_http_server' running without any HTTP authentication checking",
			"CRIT Server 'inet_http_server' running without any HTTP authentication checking",
			"INFO supervisord started with pid 1",
		}},
		{Started{PID: 41}, []string{"INFO spawned: 'web' with pid 41"}},
		{Socket{URL: "tcp://:80", Opened: true}, []string{"INFO Creating socket tcp://:80"}},
		{Socket{URL: "tcp://:80"}, []string{"INFO Closing socket tcp://:80"}},
		{Complaint{Level: "ERRO", Text: "pool p event buffer overflowed, discarding event 3"}, []string{"ERRO pool p event buffer overflowed, discarding event 3"}},
		{changed(is(web, program.Stopped), is(web, program.Starting), ""), nil},
		{changed(is(web, program.Starting), is(web, program.Running), ""), []string{
			"INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
		}},
		{changed(is(web, program.Starting), is(web, program.Backoff, ended(3<<8)), ""), []string{"WARN exited: web (exit status 3; not expected)"}},
		{changed(is(web, program.Starting), is(web, program.Backoff), "can't find command 'web'"), []string{"INFO spawnerr: can't find command 'web'"}},
		{changed(is(web, program.Running), is(web, program.Exited, ended(0)), ""), []string{"INFO exited: web (exit status 0; expected)"}},
		{changed(is(web, program.Running), is(web, program.Starting, ended(9)), ""), []string{"WARN exited: web (terminated by SIGKILL; not expected)"}},
		{changed(is(web, program.Starting), is(web, program.Fatal, ended(3<<8)), ""), []string{
			"WARN exited: web (exit status 3; not expected)",
			"INFO gave up: web entered FATAL state, too many start retries too quickly",
		}},
		{changed(is(web, program.Stopping, asked), is(web, program.Stopped, asked, ended(15)), ""), []string{"WARN stopped: web (terminated by SIGTERM)"}},
		{changed(is(web, program.Stopping, asked), is(web, program.Stopped, asked, ended(0)), ""), []string{"INFO stopped: web (exit status 0)"}},
		// While the rest of a process group is ended, it has ended for supervisord.
		{changed(is(web, program.Running), is(web, program.Stopping, ended(0)), ""), []string{"INFO exited: web (exit status 0; expected)"}},
		{changed(is(web, program.Stopping, ended(0)), is(web, program.Exited, ended(0)), ""), nil},
		{changed(is(web, program.Starting), is(web, program.Stopping, early, ended(3<<8)), ""), []string{"WARN exited: web (exit status 3; not expected)"}},
		{Killing{PID: 41}, []string{"WARN killing 'web' (41) with SIGKILL"}},
		{Orphan{PID: 41, Status: 15}, []string{"INFO reaped unknown pid 41 (terminated by SIGTERM)"}},
		{Signalled{Name: "SIGHUP", For: Reload}, []string{"WARN received SIGHUP indicating restart request"}},
		{Signalled{Name: "SIGUSR2", For: Reopen}, []string{"INFO received SIGUSR2 indicating log reopen request", "INFO supervisord logreopen"}},
		{EndAsked{By: "SIGTERM"}, []string{"WARN received SIGTERM indicating exit request"}},
		{EndAsked{By: "SIGTERM", Again: true}, nil},
		{RestartAsked{By: " of root (ctl)"}, []string{"WARN received request to restart"}},
		{Ending{Waiting: []string{"web", "slow"}}, []string{"INFO waiting for web, slow to die"}},
		{Ending{}, nil},
		{Remark{Text: "ready"}, nil},
		{Line{Text: "removed"}, nil},
		{Ended{Code: 3, Why: "no"}, nil},
	} {
		shape := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} `)
		var got []string
		j := NewJournal(func(stream int, line string) {
			if stream != 2 || !shape.MatchString(line) {
				t.Errorf("%d %s", stream, line)
			}
			got = append(got, shape.ReplaceAllString(line, ""))
		})
		j.Set(&config.Container{LogLevel: "info", LogStream: 2})
		j.Take(&Notice{Time: now, Program: "front:web", Config: web, Fact: c.fact})
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.fact, got, c.want)
		}
	}
}

// TestJournalLevel: what is less important than loglevel= is nowhere, and what is written
// can be asked for without a stream or a file. Orphans are then not worth it.
func TestJournalLevel(t *testing.T) {
	j := NewJournal(func(int, string) { t.Error("written to a stream that nobody wants") })
	j.Set(&config.Container{LogLevel: "warn"})
	for _, f := range []Fact{Started{PID: 41}, Orphan{PID: 7}, Killing{PID: 41}} {
		j.Take(&Notice{Time: now, Program: "front:web", Config: web, Fact: f})
	}
	j.Set(&config.Container{LogLevel: "info"})
	j.Take(&Notice{Time: now, Fact: Orphan{PID: 7}})
	last, _ := j.Recent().Last()
	if text := string(last); strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, " WARN killing 'web' (41) with SIGKILL\n") {
		t.Errorf("%q", text)
	}
	j.Clear()
	if last, _ := j.Recent().Last(); len(last) != 0 {
		t.Errorf("cleared, and yet %q", last)
	}
}
