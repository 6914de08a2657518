package diagnosis

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/verdict"
)

// fakeLoop is a loop with two programs: web has process 41, db has process group 51.
type fakeLoop struct{ remarks []string }

func (*fakeLoop) Post(f func()) { f() }

func (*fakeLoop) ProgramOf(pid int) string {
	return map[int]string{41: "web"}[pid]
}

func (*fakeLoop) HolderOf(group int, sockets []string) string {
	if len(sockets) > 0 && sockets[0] == "inode" {
		return "db"
	}
	return map[int]string{51: "db", syscall.Getpgrp(): "own"}[group]
}

func (l *fakeLoop) RemarkAll(text string, _ time.Time) { l.remarks = append(l.remarks, text) }

func running(name string) program.Program {
	return program.Program{
		Config: &config.Program{
			Name: name, ExitCodes: []int{0}, StopSignals: []config.StopSignal{{Signal: syscall.SIGTERM}},
		},
		State: program.Running, StartedAt: time.Unix(100, 0),
	}
}

func stopping(name string, killed bool) program.Program {
	p := running(name)
	p.State, p.StopRequested, p.Killed = program.Stopping, true, killed
	return p
}

// TestWhoEnded: the diagnosis of a bad end names who has ended the process, and an end
// that is not bad has none.
func TestWhoEnded(t *testing.T) {
	const kill, term = syscall.WaitStatus(9), syscall.WaitStatus(15)
	blamed := Notes{Blame: "it was not ready after 3s"}
	sent := Notes{Signal: syscall.SIGKILL, Sender: "root (ctl)"}
	leaving := stopping("web", true)
	leaving.Config.Hooks = &config.Hooks{PreStop: []string{"leave"}}
	for name, c := range map[string]struct {
		program program.Program
		status  syscall.WaitStatus
		notes   Notes
		end     End
		want    string // the whole of it, up to what is known of memory
	}{
		"by itself":              {running("web"), 3 << 8, Notes{}, End{}, "exit code 3 after 5s"},
		"as expected":            {running("web"), 0, Notes{}, End{}, ""},
		"stopped":                {stopping("web", false), term, Notes{}, End{}, ""},
		"signalled":              {running("web"), kill, sent, End{}, "killed by SIGKILL after 5s: by root (ctl), who sent SIGKILL"},
		"signalled, another one": {running("web"), term, sent, End{}, "killed by SIGTERM after 5s: not sent by entry-point"},
		"blamed":                 {stopping("web", false), term, blamed, End{}, "killed by SIGTERM after 5s: by entry-point, because it was not ready after 3s"},
		"killed": {
			stopping("web", true), kill,
			Notes{},
			End{},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after SIGTERM",
		},
		"killed, with a hook": {
			leaving, kill,
			Notes{},
			End{},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after pre_stop had begun",
		},
		"killed, ordered": {
			stopping("web", true), kill,
			Notes{},
			End{Order: "on request of root (ctl)"},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after SIGTERM, and was stopped on request of root (ctl)",
		},
		"killed, blamed": {
			stopping("web", true), kill, blamed,
			End{Ending: true},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after SIGTERM, because it was not ready after 3s",
		},
		"killed at the end": {
			stopping("web", true), kill,
			Notes{},
			End{Ending: true},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after SIGTERM, because the container ends",
		},
		"killed at the end, asked for": {
			stopping("web", true), kill,
			Notes{},
			End{Ending: true, Asked: true},
			"killed by SIGKILL after 5s: by entry-point, it had not ended 2s after SIGTERM, because the container was asked to end",
		},
	} {
		x := Examiner{Host: &fakeLoop{}}
		e := c.end
		e.Name, e.Program, e.Exit, e.Facts = "web", c.program, process.Exit{PID: 41, Status: c.status}, &verdict.Facts{}
		e.At, e.StopSince = time.Unix(105, 0), time.Unix(103, 0)
		d := x.Diagnose(&Diagnosis{Notes: c.notes}, &e)
		if d.Text != c.want || (d.Record == nil) != (c.want == "") {
			t.Errorf("%s: %q (record %+v), want %q", name, d.Text, d.Record, c.want)
		}
		if (d.Notes != Notes{}) {
			t.Errorf("%s: the notes on a process that has ended were kept: %+v", name, d.Notes)
		}
	}
}

// TestLast: what the status says of the last end, and who wanted it.
func TestLast(t *testing.T) {
	p, at := running("web"), time.Unix(105, 0)
	p.Status = 3 << 8
	unstarted := Unstarted("web", errors.New("cannot run it"))
	for name, c := range map[string]struct {
		d     Diagnosis
		ended time.Time
		want  string
	}{
		"never":             {Diagnosis{}, time.Time{}, ""},
		"well":              {Diagnosis{}, at, "exit code 3"},
		"well, as ordered":  {Diagnosis{Order: "on request"}, at, "exit code 3, stopped on request"},
		"could not start":   {unstarted, time.Time{}, "cannot run it"},
		"badly":             {Diagnosis{Verdict: verdict.Verdict{How: "killed", Why: "by us"}, Text: "x"}, at, "killed: by us"},
		"badly, as ordered": {Diagnosis{Verdict: verdict.Verdict{How: "killed", Why: "stopped on request"}, Order: "on request"}, at, "killed: stopped on request"},
	} {
		if got := c.d.Last(p, c.ended); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := unstarted.Sentence("web"); got != "web: cannot run it" {
		t.Errorf("%q", got)
	}
	if got := (&Diagnosis{}).Sentence("web"); got != "" {
		t.Errorf("nothing went wrong, and yet %q", got)
	}
}

// TestGaveUp: a program that is given up has the number of its tries in its diagnosis.
func TestGaveUp(t *testing.T) {
	p := running("web")
	d := Unstarted("web", errors.New("cannot run it"))
	p.Failures = 1
	if d.GaveUp(p); d.Text != "cannot run it" || d.Record.Tries != 0 {
		t.Errorf("after one try: %q, %d", d.Text, d.Record.Tries)
	}
	p.Failures = 4
	if d.GaveUp(p); d.Text != "cannot run it; the last of 4 tries" || d.Record.Tries != 4 {
		t.Errorf("%q, %d", d.Text, d.Record.Tries)
	}
	d = Diagnosis{Verdict: verdict.Verdict{How: "exit code 3", Last: "last line: no"}}
	if d.GaveUp(p); d.Text != "exit code 3, the last of 4 tries; last line: no" {
		t.Errorf("%q", d.Text)
	}
}

// TestHolder: whoever has an address is named with the program that it belongs to.
func TestHolder(t *testing.T) {
	if syscall.Getpgrp() == 0 { // our group's leader is outside of our PID namespace
		if err := syscall.Setpgid(0, 0); err != nil {
			t.Fatal(err)
		}
	}
	x := Examiner{Host: &fakeLoop{}}
	own := strconv.Itoa(os.Getpid())
	for want, h := range map[string]owner.Holder{
		"nobody: the file was left over":              {Left: true},
		"nginx (process " + own + ", of program own)": {PID: os.Getpid(), Name: "nginx"},
		"nginx (process 2147483647)":                  {PID: 1<<31 - 1, Name: "nginx"},
		"nginx (process 2147483647, of program db)":   {PID: 1<<31 - 1, Name: "nginx", Sockets: []string{"inode"}},
		"program db": {Sockets: []string{"inode"}}, // its process is hidden
		"":           {},
	} {
		if got := x.NameOf(h); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStale: why the process that a pid file names cannot be the program's.
func TestStale(t *testing.T) {
	x := Examiner{Host: &fakeLoop{}}
	e := &End{Name: "db", Exit: process.Exit{PID: 51}}
	for pid, want := range map[int]string{
		os.Getpid():  "process " + strconv.Itoa(os.Getpid()) + " is entry-point",
		51:           "process 51 was this one itself",
		41:           "process 41 is of program web",
		1<<31 - 1:    "process 2147483647 is not there",
		os.Getppid(): "",
	} {
		if got := x.stale(pid, e); got != want {
			t.Errorf("%d: %q, want %q", pid, got, want)
		}
	}
}

// TestSearch: the search for who has a port is made only where a port was wanted, and
// comes back into the loop.
func TestSearch(t *testing.T) {
	x := Examiner{Host: &fakeLoop{}}
	c := &config.Program{}
	if f := (&verdict.Facts{Last: []string{"no such table"}}); x.Search(f, c, time.Now(), func() {}) {
		t.Error("looks for a port that nobody has named")
	}
	found := make(chan bool, 1)
	f := &verdict.Facts{Last: []string{"nginx: [emerg] bind() to 127.0.0.1:1 failed (98: Address already in use)"}}
	if !x.Search(f, c, time.Now(), func() { found <- true }) {
		t.Fatalf("does not look for %+v", f.Wanted)
	}
	<-found
}
