package shortage

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLedger: each shortage is told once when it begins and once when nothing has met it
// for a while, with how long it lasted and how many tries have failed.
func TestLedger(t *testing.T) {
	var told []string
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := Ledger{Tell: func(text string, now time.Time) {
		text, _, _ = strings.Cut(text, " (") // what is used up differs from machine to machine
		told = append(told, now.Sub(start).String()+" "+text)
	}}
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	fork := fmt.Errorf("cannot run \"app\": %w", syscall.EAGAIN)
	if l.Met("web", syscall.ENOENT, at(0)) || l.Met("web", nil, at(0)) || !l.Due().IsZero() {
		t.Error("what is no shortage counts as one")
	}
	for i := range 3 {
		if !l.Met("web", fork, at(i)) || !l.Met("app", fork, at(i)) {
			t.Error("a fork that fails is no shortage")
		}
	}
	l.Met("log file", syscall.EMFILE, at(10))
	if due := l.Due(); due != at(32) {
		t.Errorf("due after %v", due.Sub(start))
	}
	for i := range 60 {
		l.Tick(at(i))
	}
	l.Met("web", fork, at(60))
	want := []string{
		`0s web: cannot run "app": resource temporarily unavailable`,
		"10s log file: too many open files",
		"32s processes can be started again, after 2s in which 6 tries had failed",
		"40s files can be opened again, after 0s in which 1 try had failed",
		`1m0s web: cannot run "app": resource temporarily unavailable`,
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(told, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestReasons: every shortage names what is used up and what to do about it, and its end.
func TestReasons(t *testing.T) {
	for what, words := range map[syscall.Errno][2]string{
		syscall.EAGAIN: {"--pids-limit", "processes"},
		syscall.EMFILE: {"ulimit -n", "files"},
		syscall.ENFILE: {"fs.file-max", "files"},
		syscall.ENOMEM: {"memory", "memory"},
	} {
		if !strings.Contains(reason(what), words[0]) || !strings.Contains(over(what), words[1]) {
			t.Errorf("%v: %q, and %q", what, reason(what), over(what))
		}
	}
}
