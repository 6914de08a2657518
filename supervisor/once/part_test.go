package once

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/program"
)

// host is a loop in fake time with one oneshot, "migrate", whose mark is in a real
// directory.
type host struct {
	parttest.Loop
	t   *testing.T
	p   *Part
	dir string
}

func (h *host) TryAgain(string, error, time.Time) bool { return false }

// run runs f with a program that is to be started.
func run(t *testing.T, f func(h *host)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := &host{t: t, dir: dir}
		h.Now = time.Now()
		h.p = NewPart(h, nil)
		h.Part = h.p
		h.Add(&config.Program{
			Name: "migrate", Group: "migrate", Directory: dir, Command: []string{"migrate"}, Autorestart: config.RestartNever, Oneshot: true,
			ExitCodes: []int{0}, Once: config.Once{Mode: config.OncePerVolume, Dir: "marks", Timeout: 20 * time.Second},
			StopSignals: []config.StopSignal{{Signal: 15, Wait: time.Second}},
		})
		f(h)
		h.Remove("migrate")
		h.Sleep(time.Second)
		if h.p.Noting() || !h.p.Due().IsZero() || len(h.p.claims) > 0 {
			t.Errorf("at the end, %d notes are written, %d programs have a claim", len(h.p.notes), len(h.p.claims))
		}
	})
}

// holds lets the program be started, and checks whether the part holds it.
func (h *host) holds(want bool) {
	h.t.Helper()
	h.Step("migrate", program.Event{Kind: program.Await})
	v := h.Program("migrate")
	if got := h.p.Holds(v.Name, v.Config); got != want {
		h.t.Errorf("the program is held: %v, want %v", got, want)
	}
}

// runs is a run of the program, as far as the part sees it.
func (h *host) runs(code int) {
	h.Step("migrate", program.Event{Kind: program.Start})
	h.Step("migrate", program.Event{Kind: program.Spawned, PID: 7})
	h.Step("migrate", program.Event{Kind: program.Tick})
	h.Step("migrate", program.Event{Kind: program.Died, Status: 0, Code: code})
}

// expect checks what was said, with the directory of the test left out.
func (h *host) expect(want ...string) {
	h.t.Helper()
	for i, line := range h.Notes {
		h.Notes[i] = strings.ReplaceAll(line, h.dir, "DIR")
	}
	h.Expect(h.t, want...)
}

// TestPartOnce: the program starts when it has its lease. What has been done is not done
// again, what has failed is.
func TestPartOnce(t *testing.T) {
	run(t, func(h *host) {
		for _, code := range []int{3, 0} {
			h.holds(true)
			h.holds(true) // it has been asked
			h.Sleep(time.Second)
			h.expect("want migrate start")
			h.holds(false) // as where the container's phase did not let it start
			h.runs(code)
			if !h.p.Noting() {
				t.Error("nothing is noted")
			}
			h.Sleep(time.Second)
			if h.p.Noting() {
				t.Error("the note goes on for ever")
			}
		}
		h.holds(true)
		h.Sleep(time.Second)
		h.expect("want migrate skip")
		if text := h.p.Skipped("migrate"); text != "has run before, so it is not started" || h.p.Skipped("web") != "" {
			t.Errorf("skipped, because it %q", text)
		}
		h.Step("migrate", program.Event{Kind: program.Skip})
	})
}

// TestPartPlain: a program without once= is never held, and costs nothing.
func TestPartPlain(t *testing.T) {
	run(t, func(h *host) {
		h.Add(&config.Program{Name: "web", Group: "web"})
		h.Start("web", 8)
		h.Rest("web", program.Stopped)
		v := h.Program("web")
		if h.p.Holds(v.Name, v.Config) || h.p.claims != nil || h.p.Waits("web") {
			t.Error("the part takes it for one of its programs")
		}
		h.Remove("web")
	})
}

// other is the work of the same program in another container.
func (h *host) other() *Lease {
	h.t.Helper()
	w := Work{Name: "migrate", Dir: filepath.Join(h.dir, "marks"), Command: []string{"migrate"}}
	lease, err := w.Take(nil, nil)
	if err != nil || lease == nil {
		h.t.Fatal(lease, err)
	}
	return lease
}

// TestPartWaits: while another container does the work, the program waits, which is told.
// When it is not to start any more, or is removed, nothing is heard of it.
func TestPartWaits(t *testing.T) {
	waits := func(h *host) *Lease {
		t.Helper()
		lease := h.other()
		h.holds(true)
		h.Sleep(time.Second)
		if !h.p.Waits("migrate") || len(h.Notes) != 1 || !strings.HasPrefix(h.Notes[0], "migrate: waits for another container that runs it (") {
			t.Errorf("it waits: %v, said %q", h.p.Waits("migrate"), h.Notes)
		}
		h.Notes = nil
		return lease
	}
	done := func(h *host, lease *Lease, ok bool) {
		t.Helper()
		if err := lease.Done(ok); err != nil {
			t.Error(err)
		}
		h.Sleep(time.Second)
	}
	run(t, func(h *host) {
		done(h, waits(h), false)
		h.expect("want migrate start")
		h.runs(0)
	})
	run(t, func(h *host) {
		done(h, waits(h), true)
		h.expect("want migrate skip")
	})
	run(t, func(h *host) {
		lease := waits(h)
		h.Step("migrate", program.Event{Kind: program.Stop})
		if h.p.Waits("migrate") {
			t.Error("it waits, and is not to start")
		}
		done(h, lease, false)
		h.expect()
		if err := h.other().Done(false); err != nil { // the lease is free
			t.Error(err)
		}
	})
	run(t, func(h *host) { // the answer is on its way when it is stopped
		h.holds(true)
		synctest.Wait()
		h.Step("migrate", program.Event{Kind: program.Stop})
		h.Sleep(time.Second)
		h.expect()
		if err := h.other().Done(false); err != nil {
			t.Error(err)
		}
	})
	run(t, func(h *host) {
		done(h, waits(h), false)
		h.expect("want migrate start")
		h.Step("migrate", program.Event{Kind: program.Retire}) // the container ends before that
		h.Sleep(time.Second)
		if err := h.other().Done(false); err != nil {
			t.Error(err)
		}
	})
}

// TestPartHeld: a program is not started while another one, which gives no sign of life, has
// its lease: two at once could be at work.
func TestPartHeld(t *testing.T) {
	run(t, func(h *host) {
		if err := h.other().Done(false); err != nil { // makes the mark
			t.Fatal(err)
		}
		stranger, err := os.Open(filepath.Join(h.dir, "marks", ".entry-point-once", "migrate"))
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		if err := lock.Try(stranger); err != nil {
			t.Fatal(err)
		}
		h.holds(true)
		h.Sleep(time.Minute)
		if len(h.Wishes) != 1 {
			t.Fatalf("%d wishes", len(h.Wishes))
		}
		w := h.Wishes[0]
		if w.Event.Kind != program.Skip || w.Event.Code != codeHeld || !strings.HasSuffix(w.Blame, " (once_timeout); end that process, or raise it") {
			t.Errorf("the wish is %+v", w)
		}
		if text := h.p.Skipped("migrate"); text != "not started: "+w.Blame {
			t.Errorf("skipped: %q", text)
		}
		h.Wishes, h.Notes = nil, nil
	})
}

// TestPartNowhere: where no mark can be made the program runs, and that is told.
func TestPartNowhere(t *testing.T) {
	run(t, func(h *host) {
		if err := os.WriteFile(filepath.Join(h.dir, "marks"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		h.holds(true)
		h.Sleep(time.Second)
		h.expect("migrate: cannot make DIR/marks/.entry-point-once: not a directory; it runs without knowing whether it has run before", "want migrate start")
		h.runs(0)
	})
}

// TestPartLateNote: a note that takes too long is given up, and said; its end means nothing.
func TestPartLateNote(t *testing.T) {
	run(t, func(h *host) {
		n := &note{name: "migrate", until: h.Now.Add(noteTime)}
		h.p.notes = append(h.p.notes, n)
		h.Sleep(noteTime - time.Second)
		h.expect()
		h.Sleep(2 * time.Second)
		late := &offload.LateError{What: "note that it has been done", Why: "the file system has not answered for 10s"}
		h.expect("migrate: " + late.Error() + "; it will run again")
		h.p.noted(n, errors.New("cannot write"))
		h.expect()
	})
}
