package supervisor

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
)

func recycled(after time.Duration) func(*config.Program) {
	return func(c *config.Program) { c.StartSecs, c.Recycle.Lifetime = 0, after }
}

// TestLifetime: what is too old is replaced, one after the other, and each only
// when the one before is ready again.
func TestLifetime(t *testing.T) {
	slowly := ready(config.Probe{Kind: config.ProbeDelay, Delay: 3 * time.Second})
	handler, status := make(chan control.Handler, 1), []string{}
	_, events, log := scenario{
		programs: []*config.Program{
			named("one", slowly, recycled(10*time.Second)),
			named("two", slowly, recycled(10*time.Second)),
		},
		behave: obedient,
		serve:  func(h control.Handler) func() { handler <- h; return func() {} },
		outside: func(w *world) {
			h := <-handler
			time.Sleep(12 * time.Second)
			status = ask(h, do("status", "one"))
			stopAfter(6 * time.Second)(w)
		},
	}.run(t)
	if reason := "; the one before: killed by SIGTERM, stopped because it is 10s old"; len(status) != 1 || !strings.HasSuffix(status[0], reason) {
		t.Errorf("status %q, want %q at its end", status, reason)
	}
	want(t, events, "0s start one", "0s start two", "10s one TERM", "10.1s start one", "13.1s two TERM", "13.2s start two", "18s two TERM", "18s one TERM")
	if log.remarks("one: it is 10s old: replacing it") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// TestLifetimeWaits: nothing is replaced while something else is not ready.
func TestLifetimeWaits(t *testing.T) {
	_, events, _ := run(t, []*config.Program{
		named("web", recycled(5*time.Second)),
		named("slow", ready(config.Probe{Kind: config.ProbeDelay, Delay: 12 * time.Second})),
	}, obedient, stopAfter(14*time.Second))
	want(t, events, "0s start web", "0s start slow", "12s web TERM", "12.1s start web", "14s slow TERM", "14s web TERM")
}

// TestLifetimeReloads: one that can reload is reloaded and not stopped, each time
// anew.
func TestLifetimeReloads(t *testing.T) {
	_, events, log := run(t, []*config.Program{
		named("web", recycled(5*time.Second), func(c *config.Program) { c.ReloadSignal = syscall.SIGHUP }),
	}, func(w *world, name string, pid int, sig syscall.Signal) {
		if sig == syscall.SIGTERM {
			obedient(w, name, pid, sig)
		}
	}, stopAfter(12*time.Second))
	want(t, events, "0s start web", "5s web HUP", "10s web HUP", "12s web TERM")
	if log.remarks("web: reloaded after") != 2 {
		t.Errorf("log:\n%s", log)
	}
}
