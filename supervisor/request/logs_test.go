package request

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/program"
)

// printed is what programs have printed, or a main log.
type printed struct {
	last  string
	total int64
	none  bool // it does not pass through us
	auto  string
	file  string
	more  func([]byte) // while somebody follows
	did   []string
	open  bool
}

func (l *printed) tap(begin, f func([]byte)) (cancel func()) {
	begin([]byte(l.last))
	l.more = f
	return func() { l.more = nil }
}

// programLogs are printed as Logs.
type programLogs struct{ *printed }

func (l programLogs) Tap(_, stream string, begin, f func([]byte)) (cancel func(), ok bool) {
	if l.none || stream == "stderr" {
		return func() {}, !l.none
	}
	return l.tap(begin, f), true
}

func (l programLogs) Tail(_, _ string) (last []byte, total int64, ok bool) {
	return []byte(l.last), l.total, !l.none
}
func (l programLogs) AutoPath(_, _ string) string { return l.auto }
func (l programLogs) Clear(_, stream string)      { l.did = append(l.did, "forget "+stream) }

// mainLog is printed as MainLog.
type mainLog struct{ *printed }

func (l mainLog) Tap(begin, f func([]byte)) (cancel func()) { return l.tap(begin, f) }
func (l mainLog) Last() (last []byte, total int64)          { return []byte(l.last), l.total }
func (l mainLog) File() string                              { return l.file }
func (l mainLog) Clear()                                    { l.did = append(l.did, "clear") }

// TestTail: the last lines or bytes of a log, also where the last line is not finished.
func TestTail(t *testing.T) {
	long := strings.Repeat("x\n", 20)
	for _, c := range []struct {
		text         string
		lines, bytes int
		want         string
	}{
		{"a\nb\nc\n", 2, 0, "b\nc\n"},
		{"a\nb\nc", 2, 0, "b\nc"},
		{"a\nb\n", 9, 0, "a\nb\n"},
		{"\n\n\n", 2, 0, "\n\n"},
		{"", 2, 0, ""},
		{long, 0, 0, strings.Repeat("x\n", lastLines)},
		{"a\nb\n", 1, 3, "\nb\n"},
		{"a", 0, 3, "a"},
	} {
		if got := string(tailOf([]byte(c.text), &control.Request{Lines: c.lines, Bytes: c.bytes})); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestSpan: which part of a log is meant, of one whose beginning is not kept.
func TestSpan(t *testing.T) {
	for _, c := range []struct{ offset, length, first, size, from, n int64 }{
		{0, 0, 0, 10, 0, 10},
		{3, 4, 0, 10, 3, 4},
		{-4, 0, 0, 10, 6, 4},
		{-40, 0, 0, 10, 0, 10},
		{8, 4, 0, 10, 8, 2},
		{20, 4, 0, 10, 10, 0},
		{0, 0, 6, 10, 6, 4},
		{0, 0, 0, 3 << 20, 0, maxRead},
	} {
		if from, n := span(c.offset, c.length, c.first, c.size); from != c.from || n != c.n {
			t.Errorf("%+v: %d, %d", c, from, n)
		}
	}
}

// TestFollow: who follows a log gets the last lines and what comes, until he hangs up.
func TestFollow(t *testing.T) {
	l := &printed{last: "a\nb\n"}
	w := newWorld(t, up("web", 7))
	w.desk.Logs, w.desk.MainLog, w.printed = programLogs{l}, mainLog{l}, l
	for _, r := range []*control.Request{{Do: control.DoLogs, Names: []string{"web"}, Lines: 1}, {Do: control.DoLogs, Main: true, Lines: 1}} {
		if a := w.ask(r); a.results() != "answer, done" || string(a.all[0].Log.Data) != "b\n" || l.more != nil {
			t.Errorf("%v", a.lines)
		}
		r.Follow = true
		a := w.ask(r)
		l.more([]byte("c\n"))
		if a.results() != "answer, answer" || string(a.all[1].Log.Data) != "c\n" {
			t.Errorf("%v", a.lines)
		}
		if a.cancel(); l.more != nil {
			t.Error("who has hung up is still told")
		}
	}
	l.none = true
	if a := w.ask(&control.Request{Do: control.DoLogs}); a.results() != control.NoLog {
		t.Errorf("%v", a.lines)
	}
}

// TestRead: a part of a log that we keep, or of its file.
func TestRead(t *testing.T) {
	l := &printed{last: "world\n", total: 12}
	web := up("web", 7)
	w := newWorld(t, web)
	w.desk.Logs, w.desk.MainLog, w.printed = programLogs{l}, mainLog{l}, l
	a := w.ask(&control.Request{Do: control.DoRead, Names: []string{"web"}, Stream: "stdout", Offset: 7, Length: 3})
	if log := a.all[0].Log; log == nil || string(log.Data) != "orl" || log.Offset != 7 || log.Size != 12 {
		t.Errorf("%v", a.lines)
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("hello world\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	part, err := filePart(path, 6, 5)
	if err != nil || string(part.Data) != "world" || part.Size != 12 || part.File == "" {
		t.Errorf("%+v, %v", part, err)
	}
	if _, err := filePart(path+"x", 0, 0); err == nil || !strings.HasPrefix(err.Error(), "cannot read log file") {
		t.Error(err)
	}
	web.Config.Stderr.Targets = []config.Target{{Kind: config.TargetFile, Path: path}}
	if err := os.WriteFile(path+".2", []byte("older\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for backup, want := range map[int]string{0: "hello world\n", 1: "", 2: "older\n", 3: ""} {
		synctest.Test(t, func(t *testing.T) {
			a := w.ask(&control.Request{Do: control.DoRead, Names: []string{"web"}, Backup: backup})
			synctest.Wait()
			if a.results() != "answer, answer, done" {
				t.Fatalf("backup %d: %v", backup, a.lines)
			}
			out, err := a.all[0].Log, a.all[1].Log
			if err.Stream != "stderr" || string(err.Data) != want || err.Size != int64(len(want)) {
				t.Errorf("backup %d: %v", backup, a.lines)
			}
			if out.Stream != "stdout" || (out.Size == 0) != (backup > 0) || (len(out.Data) == 0) != (backup > 0) {
				t.Errorf("backup %d of what has no file: %v", backup, a.lines)
			}
		})
	}
	web.Config.Stderr.Targets = nil
	l.none = true
	for _, stream := range []string{"stdout", ""} {
		want := map[string]string{"stdout": control.NoLog, "": "done"}[stream]
		if a := w.ask(&control.Request{Do: control.DoRead, Names: []string{"web"}, Stream: stream}); a.results() != want {
			t.Errorf("%q: %v", stream, a.lines)
		}
	}
}

// TestReadBackupOfOthers: where somebody else can write to the directory of a log, a link
// in the place of a file that was rotated is not followed, as one in that of the log.
func TestReadBackupOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.WriteFile(secret, []byte("hush"), 0o600), os.Symlink(secret, dir+"/log.1"), os.Chown(dir, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	web := up("web", 7)
	web.Config.Stdout.Targets = []config.Target{{Kind: config.TargetFile, Path: dir + "/log"}}
	w := newWorld(t, web)
	synctest.Test(t, func(t *testing.T) {
		a := w.ask(&control.Request{Do: control.DoRead, Names: []string{"web"}, Stream: "stdout", Backup: 1})
		synctest.Wait()
		if a.results() != control.NoLog {
			t.Errorf("%v", a.lines)
		}
	})
}

// TestClear: log files are emptied by who has them open, else by us.
func TestClear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write := func() {
		if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	web := made("web", program.Stopped, program.Event{})
	web.Config.Stdout.Targets = []config.Target{{Kind: config.TargetFile, Path: path}}
	l := &printed{}
	w := newWorld(t, web)
	w.desk.Logs, w.desk.MainLog, w.printed = programLogs{l}, mainLog{l}, l
	for _, l.open = range []bool{true, false} {
		write()
		if a := w.ask(&control.Request{Do: control.DoClear, Names: []string{"web"}}); a.results() != "web:web ok, done" {
			t.Errorf("%v", a.lines)
		}
		if text, err := os.ReadFile(path); err != nil || (len(text) == 0) == l.open {
			t.Errorf("open: %v, and it has %q, %v", l.open, text, err)
		}
	}
	if got := strings.Join(l.did, ", "); got != "empty, forget stdout, forget stderr, empty, forget stdout, forget stderr" {
		t.Error(got)
	}
	l.did = nil
	if a := w.ask(&control.Request{Do: control.DoClear, Main: true}); a.results() != "done" || strings.Join(l.did, "") != "clear" {
		t.Errorf("%v, %v", a.lines, l.did)
	}
}
