package recycle

import (
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// host is a loop with reloads that the test ends, and memory that it sets.
type host struct {
	parttest.Loop
	reloads map[string]func(error, time.Time) // that go on
	memory  map[int]int64                     // by pid
	looks   int                               // at memory
}

func (h *host) OthersReady(name string) bool {
	for v := range h.Programs() {
		if v.Name != name && !v.Ready {
			return false
		}
	}
	return true
}

func (h *host) Reloading(name string) bool { return h.reloads[name] != nil }

func (h *host) Reload(name string, done func(error, time.Time)) {
	h.Notes = append(h.Notes, "reload "+name)
	h.reloads[name] = done
}

func (h *host) reloaded(name string, err error) {
	done := h.reloads[name]
	delete(h.reloads, name)
	done(err, h.Now)
	h.After(0)
}

func (h *host) Measure(tell func(map[int]usage.Usage)) {
	h.looks++
	used := map[int]usage.Usage{}
	for pid, n := range h.memory {
		used[pid] = usage.Usage{Memory: n}
	}
	tell(used)
}

func newHost() *host {
	h := &host{reloads: map[string]func(error, time.Time){}, memory: map[int]int64{}}
	h.Now = time.Now()
	h.Part = New(h)
	return h
}

func old(name string, r config.Recycle, reload syscall.Signal) *config.Program {
	return &config.Program{Name: name, Group: name, Recycle: r, ReloadSignal: reload}
}

// TestIdle: who has no bound costs nothing, and nothing is due.
func TestIdle(t *testing.T) {
	h := newHost()
	h.Add(old("web", config.Recycle{}, 0))
	h.Start("web", 7)
	if p := h.Part.(*Part); p.ages != nil || !p.Due().IsZero() {
		t.Errorf("%d entries, due at %v", len(p.ages), p.Due())
	}
}

// TestOneAtATime: what is too old is replaced when all others are ready, the first
// program first, and the next one when that is ready again.
func TestOneAtATime(t *testing.T) {
	h := newHost()
	for i, name := range []string{"one", "two", "slow"} {
		h.Add(old(name, config.Recycle{Lifetime: map[bool]time.Duration{true: 10 * time.Second}[name != "slow"]}, 0))
		h.Start(name, i+1)
	}
	h.Set("slow", func(v *part.View) { v.Ready = false })
	h.After(12 * time.Second)
	h.Expect(t)
	h.Set("slow", func(v *part.View) { v.Ready = true })
	h.Stopped = true
	h.After(0)
	h.Expect(t)
	h.Stopped = false
	h.After(0)
	h.Expect(t, "one: it is 10s old: replacing it", "want one restart, because it is 10s old")
	h.Set("one", func(v *part.View) { v.State, v.Ready = program.Stopping, false })
	h.After(time.Second)
	h.Expect(t)
	h.Start("one", 4)
	h.After(0)
	h.Expect(t, "two: it is 10s old: replacing it", "want two restart, because it is 10s old")
	h.Rest("two", program.Stopped) // it does not come back, and holds nobody up
	h.Remove("slow")
	h.Remove("two")
	h.After(10 * time.Second)
	h.Expect(t, "one: it is 10s old: replacing it", "want one restart, because it is 10s old")
}

// TestReload: a program that can reload is reloaded, each time anew, and restarted where
// that has failed.
func TestReload(t *testing.T) {
	h := newHost()
	h.Add(old("web", config.Recycle{Lifetime: time.Hour}, syscall.SIGHUP))
	h.Start("web", 7)
	h.After(time.Hour)
	h.Expect(t, "web: it is 1 h old: replacing it", "reload web")
	h.reloaded("web", nil)
	h.After(time.Hour)
	h.Expect(t, "web: it is 2 h old: replacing it", "reload web")
	h.reloaded("web", errors.New("no"))
	h.After(10 * time.Hour)
	h.Expect(t) // this process has been tried
	h.Start("web", 8)
	h.After(time.Hour)
	h.Expect(t, "web: it is 1 h old: replacing it", "reload web")
}

// TestMemory: a program that is too large is reloaded, and restarted if it is too
// large still.
func TestMemory(t *testing.T) {
	h := newHost()
	h.Add(old("web", config.Recycle{Memory: 1 << 20}, syscall.SIGHUP))
	h.Add(old("other", config.Recycle{Lifetime: time.Hour}, 0))
	h.Start("web", 7)
	h.Start("other", 8)
	h.memory[7], h.memory[8] = 1<<20, 1<<30
	h.After(10 * time.Second)
	h.Expect(t)
	h.memory[7] = 2 << 20
	h.After(10 * time.Second)
	h.Expect(t, "web: it uses 2 MiB, more than max_memory (1 MiB): replacing it", "reload web")
	h.reloaded("web", nil)
	h.After(10 * time.Second)
	h.Expect(t, "web: it uses 2 MiB, more than max_memory (1 MiB): replacing it",
		"want web restart, because it uses 2 MiB, more than max_memory (1 MiB)")
	looks := h.looks
	h.Remove("web")
	h.After(time.Minute)
	if h.looks != looks {
		t.Error("memory is looked at for nobody")
	}
}

// TestJitter: lifetimes are not all the same.
func TestJitter(t *testing.T) {
	r := &config.Recycle{Lifetime: time.Hour, Jitter: 10 * time.Minute}
	var list []time.Duration
	for range 20 {
		d := lifetime(r)
		if d > time.Hour || d <= 50*time.Minute {
			t.Errorf("a lifetime of %v", d)
		}
		list = append(list, d)
	}
	if slices.Sort(list); list[0] == list[19] {
		t.Error("all lifetimes are the same")
	}
}
