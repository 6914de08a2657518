// Package parttest is a loop for the tests of parts: programs that are values, a clock
// that the test moves, and no process.
package parttest

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/program"
)

// Loop is a loop with one part. It has the methods that most parts want of their Host;
// a test embeds it into a type that has the others.
type Loop struct {
	Part    part.Part
	Now     time.Time
	Wishes  []part.Wish // that the part has had; the test grants them, or does not
	Notes   []string    // "NAME: TEXT", what was told
	Stopped bool        // the container is on its way to its end

	programs []part.View
	mu       sync.Mutex
	posted   []func()
}

// Add adds a program that is at rest, and tells the part.
func (l *Loop) Add(c *config.Program) {
	l.programs = append(l.programs, part.View{Name: c.FullName(), Program: program.Program{Config: c}})
	l.changed(&l.programs[len(l.programs)-1], &program.Program{})
}

// changed tells the part of a step, if it wants to hear of them.
func (l *Loop) changed(v *part.View, before *program.Program) {
	if o, is := l.Part.(part.Observer); is {
		o.Changed(v, before, l.Now)
	}
}

// Set changes a program, and tells the part.
func (l *Loop) Set(name string, change func(*part.View)) {
	v := l.view(name)
	before := v.Program
	change(v)
	l.changed(v, &before)
}

// Step makes one step of a program, and tells the part. Its action is not carried out.
func (l *Loop) Step(name string, e program.Event) {
	l.Set(name, func(v *part.View) { v.Program, _ = program.Step(v.Program, l.Now, e) })
}

// Start makes a program RUNNING and ready, with a process of this id.
func (l *Loop) Start(name string, pid int) {
	l.Set(name, func(v *part.View) {
		v.State, v.PID, v.Group, v.StartedAt, v.Ready = program.Running, pid, pid, l.Now, true
	})
}

// Rest makes a program one that is in a state without a process.
func (l *Loop) Rest(name string, s program.State) {
	l.Set(name, func(v *part.View) { v.State, v.PID, v.Ready = s, 0, false })
}

// Remove removes a program.
func (l *Loop) Remove(name string) {
	l.programs = slices.DeleteFunc(l.programs, func(v part.View) bool { return v.Name == name })
	if o, is := l.Part.(part.Observer); is {
		o.Forget(name)
	}
}

// Until moves the clock to a moment, and lets the part do on the way what is due.
func (l *Loop) Until(end time.Time) {
	for {
		at := l.Part.Due()
		if at.IsZero() || at.After(end) {
			break
		}
		if at.After(l.Now) {
			l.Now = at
		}
		l.Part.Tick(l.Now)
		if next := l.Part.Due(); !next.IsZero() && !next.After(l.Now) {
			panic("the part is due again at once")
		}
	}
	l.Now = end
	l.Part.Tick(l.Now)
}

// After moves the clock by so much.
func (l *Loop) After(d time.Duration) { l.Until(l.Now.Add(d)) }

// Taken returns the wishes and notes since it was called last, in words.
func (l *Loop) Taken() (list []string) {
	list = l.Notes
	for _, w := range l.Wishes {
		line := "want " + w.Program + " " + kinds[w.Event.Kind]
		if w.Order != "" {
			line += ", " + w.Order
		}
		list = append(list, line)
	}
	l.Wishes, l.Notes = nil, nil
	return list
}

var kinds = map[program.Kind]string{
	program.Start: "start", program.Await: "await", program.Stop: "stop", program.Restart: "restart", program.Fail: "fail",
	program.Late: "late", program.Sick: "sick", program.Skip: "skip", program.Ready: "ready",
}

func (l *Loop) view(name string) *part.View {
	i := slices.IndexFunc(l.programs, func(v part.View) bool { return v.Name == name })
	return &l.programs[i]
}

// Want notes a wish.
func (l *Loop) Want(w part.Wish) { l.Wishes = append(l.Wishes, w) }

// Post notes what is to run in the loop (Settle). Any goroutine may call it.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.posted = append(l.posted, f)
}

// Program is a program by its name.
func (l *Loop) Program(name string) *part.View {
	for v := range l.Programs() {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// Programs are all programs, in the order in which they were added.
func (l *Loop) Programs() iter.Seq[*part.View] {
	return func(yield func(*part.View) bool) {
		for _, v := range l.programs {
			if !yield(&v) {
				return
			}
		}
	}
}

// Serving says whether the container is not on its way to its end.
func (l *Loop) Serving() bool { return !l.Stopped }

// Note notes what is told.
func (l *Loop) Note(name, text string, _ time.Time) { l.Notes = append(l.Notes, name+": "+text) }

// Log notes a line of the log.
func (l *Loop) Log(name, text string) { l.Notes = append(l.Notes, name+": "+text) }

// Print notes nothing: a test does not know when it comes.
func (l *Loop) Print(string) {}

// Grants says whether the container is not on its way to its end.
func (l *Loop) Grants(program.Kind) bool { return !l.Stopped }

// Settle runs what was posted.
func (l *Loop) Settle() {
	l.mu.Lock()
	posted := l.posted
	l.posted = nil
	l.mu.Unlock()
	for _, f := range posted {
		f()
	}
}

// Sleep lets the fake time of a synctest bubble pass, with the part's goroutines, and the
// clock of the loop with it.
func (l *Loop) Sleep(d time.Duration) {
	const turn = 10 * time.Millisecond
	for end := time.Now().Add(d); ; time.Sleep(turn) {
		synctest.Wait()
		l.Settle()
		l.Until(time.Now())
		if !time.Now().Before(end) {
			return
		}
	}
}

// Expect fails the test if what the part has said since the last call is something else.
func (l *Loop) Expect(t *testing.T, want ...string) {
	t.Helper()
	if got := l.Taken(); !slices.Equal(got, want) {
		t.Errorf("the part has said\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
