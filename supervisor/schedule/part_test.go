package schedule

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/part/parttest"
	"entrypoint/supervisor/program"
)

// newLoop is a loop whose clock begins at midnight.
func newLoop() (*parttest.Loop, *Part) {
	l := &parttest.Loop{Now: time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)}
	p := NewPart(l, l.Now)
	l.Part = p
	return l, p
}

// planned is a program with the schedule of a configuration file.
func planned(t *testing.T, name, keys string) *config.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.conf")
	text := "[program:" + name + "]\ncommand = true\nschedule_timezone = UTC\nschedule = " + keys + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(&config.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return c.Programs[0]
}

// TestPart: a program is to run at its times, while the container serves; which one is
// next is known. Programs without a schedule cost nothing.
func TestPart(t *testing.T) {
	l, p := newLoop()
	l.Add(&config.Program{Name: "web", Group: "web"})
	l.Start("web", 1)
	if p.tables != nil || !p.Due().IsZero() || !p.Next("web", l.Now).IsZero() {
		t.Errorf("%d timetables, due at %v", len(p.tables), p.Due())
	}
	l.Add(planned(t, "report", "*/5 * * * *"))
	l.After(5*time.Minute - time.Second)
	l.Expect(t)
	if next := p.Next("report", l.Now); next.Sub(l.Now) != time.Second {
		t.Errorf("the next run is at %v", next)
	}
	l.After(time.Second)
	l.Expect(t, "want report await")
	l.Stopped = true
	if !p.Due().IsZero() {
		t.Error("something is due while the container stops")
	}
	l.After(5 * time.Minute)
	l.Expect(t)
	l.Stopped = false
	l.Remove("report")
	l.After(time.Hour)
	l.Expect(t)
	if !p.Due().IsZero() || !p.Next("report", l.Now).IsZero() {
		t.Error("something is due for a program that is gone")
	}
}

// TestOverlap: what happens when the last run has not ended.
func TestOverlap(t *testing.T) {
	l, _ := newLoop()
	l.Add(planned(t, "skip", "* * * * *"))
	l.Add(planned(t, "queue", "* * * * *\nschedule_overlap = queue"))
	l.Add(planned(t, "restart", "@every 60s\nschedule_overlap = restart"))
	for i, name := range []string{"skip", "queue", "restart"} {
		l.Start(name, i+1)
	}
	l.After(time.Minute)
	l.Expect(t, "skip: runs still, so this run is left out",
		"queue: runs still, so the next run begins after it",
		"restart: runs still at its next time, so it is started anew",
		"want queue await", "want restart restart, because its next run was due")
	l.Set("skip", func(v *part.View) { v.State, v.PID = program.Backoff, 0 }) // it is tried again anyway
	l.Remove("queue")
	l.Rest("restart", program.Exited)
	l.After(time.Minute)
	l.Expect(t, "skip: runs still, so this run is left out", "want restart await")
}

// TestPartLooks: the part is called once a minute while a time of the day is waited for,
// and not before a run of "@every".
func TestPartLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := newLoop()
		l.Now = time.Now()
		l.Add(planned(t, "daily", "0 12 * * *"))
		l.After(0)
		if wait := p.Due().Sub(l.Now); wait != Watch {
			t.Errorf("looks again after %v", wait)
		}
		l.Remove("daily")
		l.Add(planned(t, "every", "@every 5h"))
		l.After(0)
		if wait := p.Due().Sub(l.Now); wait != 5*time.Hour {
			t.Errorf("looks again after %v", wait)
		}
	})
}
