package recycle

import (
	"iter"
	"math/rand/v2"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// Host is what the part needs of the loop.
type Host interface {
	Want(part.Wish)
	Program(name string) *part.View
	Programs() iter.Seq[*part.View]                          // in the order of their starts
	Serving() bool                                           // the container is neither stopping nor restarting
	OthersReady(name string) bool                            // everything but this program does what the container is for
	Reloading(name string) bool                              // a reload of the program goes on
	Reload(name string, done func(err error, now time.Time)) // done is called in the loop, perhaps at once
	Measure(tell func(used map[int]usage.Usage))             // of main processes by pid; tell is called in the loop
	Note(name, text string, now time.Time)                   // tells what happens to a program
}

// memoryLook is how often memory is looked at.
const memoryLook = 10 * time.Second

// Part is the replacement of processes. It implements part.Part.
type Part struct {
	host     Host
	ages     map[string]*age // of programs that have a bound
	weighAt  time.Time       // when to look at memory; zero: never
	replaced string          // the program that is being replaced; "": none is
}

// age is how far the process of a program is on its way to be replaced.
type age struct {
	name     string
	bounds   *config.Recycle
	oldAt    time.Time // when it is too old; zero: never
	why      string    // why it is to be replaced; "": it is not
	reloaded bool      // that was tried with this process
}

// New returns the part of a loop.
func New(h Host) *Part { return &Part{host: h} }

// Changed notes the start of a process.
func (p *Part) Changed(v *part.View, before *program.Program, now time.Time) {
	bounds := &v.Config.Recycle
	if bounds.Lifetime <= 0 && bounds.Memory == 0 {
		return
	}
	a := p.ages[v.Name]
	if a == nil {
		if p.ages == nil {
			p.ages = map[string]*age{}
		}
		a = &age{name: v.Name, bounds: bounds}
		p.ages[v.Name] = a
		p.setWeighing(now)
	}
	if v.PID != 0 && before.PID != v.PID {
		*a = age{name: v.Name, bounds: bounds}
		if bounds.Lifetime > 0 {
			a.oldAt = now.Add(lifetime(bounds))
		}
	}
	if v.PID == 0 {
		a.oldAt = time.Time{} // nothing is due for a process that has ended
	}
}

// Forget drops what is known of a program.
func (p *Part) Forget(name string) {
	if p.ages[name] != nil {
		delete(p.ages, name)
		p.setWeighing(time.Time{})
	}
}

// setWeighing lets memory be looked at while a program has a bound for it; the first
// look is memoryLook after now.
func (p *Part) setWeighing(now time.Time) {
	for _, a := range p.ages {
		if a.bounds.Memory > 0 {
			if p.weighAt.IsZero() {
				p.weighAt = now.Add(memoryLook)
			}
			return
		}
	}
	p.weighAt = time.Time{}
}

func lifetime(r *config.Recycle) time.Duration {
	if r.Jitter <= 0 {
		return r.Lifetime
	}
	return r.Lifetime - rand.N(r.Jitter)
}

// Due is when the next process is too old, or memory is to be looked at.
func (p *Part) Due() time.Time {
	at := p.weighAt
	for _, a := range p.ages {
		if !a.oldAt.IsZero() && (at.IsZero() || a.oldAt.Before(at)) {
			at = a.oldAt
		}
	}
	return at
}

// Tick replaces what is due.
func (p *Part) Tick(now time.Time) {
	if len(p.ages) == 0 && p.replaced == "" {
		return
	}
	waits := false
	for _, a := range p.ages {
		if !a.oldAt.IsZero() && !now.Before(a.oldAt) {
			a.oldAt = time.Time{} // a process that is on its way down needs none
			if v := p.host.Program(a.name); v != nil && v.Up() {
				a.why = "it is " + phrase.Lasted(v.StartedAt, now) + " old"
			}
		}
		waits = waits || a.why != ""
	}
	if !p.weighAt.IsZero() && !now.Before(p.weighAt) {
		p.weighAt = now.Add(memoryLook)
		p.weigh()
	}
	if p.replaced != "" && p.isOver() {
		p.replaced = ""
	}
	if waits && p.replaced == "" && p.host.Serving() {
		p.next(now)
	}
}

// isOver says whether the replacement that goes on has come to its end.
func (p *Part) isOver() bool {
	v := p.host.Program(p.replaced)
	return v == nil || !v.Live() && v.Desired() != program.Up || p.atWork(v) && (p.ages[v.Name] == nil || p.ages[v.Name].why == "")
}

// atWork says whether a program does its work, so that it may be replaced.
func (p *Part) atWork(v *part.View) bool {
	return v.State == program.Running && v.Ready && !p.host.Reloading(v.Name)
}

// next replaces the first program that is due, if all others are ready.
func (p *Part) next(now time.Time) {
	for v := range p.host.Programs() {
		if a := p.ages[v.Name]; a != nil && a.why != "" && p.atWork(v) && p.host.OthersReady(v.Name) {
			p.replace(a, now)
			return
		}
	}
}

// replace replaces the processes of a program.
func (p *Part) replace(a *age, now time.Time) {
	p.replaced = a.name
	why := a.why
	a.why = ""
	p.host.Note(a.name, why+": replacing it", now)
	v := p.host.Program(a.name)
	if v.Config.ReloadSignal == 0 || a.reloaded {
		p.host.Want(part.Wish{Program: a.name, Event: program.Event{Kind: program.Restart}, Order: "because " + why})
		return
	}
	a.reloaded = true
	p.host.Reload(a.name, func(err error, now time.Time) {
		if v := p.host.Program(a.name); err == nil && v != nil && v.Up() && a.bounds.Lifetime > 0 {
			a.oldAt = now.Add(lifetime(a.bounds))
			a.reloaded = false
		}
	})
}

// weigh finds the programs that use too much memory.
func (p *Part) weigh() {
	asked := map[int]*age{}
	for _, a := range p.ages {
		if v := p.host.Program(a.name); v != nil && a.bounds.Memory > 0 && v.Up() {
			asked[v.PID] = a
		}
	}
	p.host.Measure(func(used map[int]usage.Usage) {
		for pid, a := range asked {
			v := p.host.Program(a.name)
			switch most := a.bounds.Memory; {
			case v == nil || v.PID != pid:
			case used[pid].Memory <= most:
				a.reloaded = false // a reload has helped
			case v.Up() && a.why == "":
				a.why = "it uses " + phrase.Bytes(used[pid].Memory) + ", more than max_memory (" + phrase.Bytes(most) + ")"
			}
		}
	})
}
