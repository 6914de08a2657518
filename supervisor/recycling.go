package supervisor

import (
	"math/rand/v2"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// A process that has become too large or too old is replaced while it does its
// work: one program at a time, and only while everything else is ready. One that
// can reload gets its new workers that way, and loses no request; if that has not
// helped, or there is no such way, it is stopped gracefully and started again.

// memoryLook is how often memory is looked at.
const memoryLook = 10 * time.Second

// age is how far a process is on its way to be replaced.
type age struct {
	oldAt    time.Time // when it is too old; zero: never
	due      string    // why it is to be replaced; "": it is not
	reloaded bool      // that was tried with this process
}

// beginAge is called when a process has been started.
func (u *unit) beginAge(now time.Time) {
	u.age = age{}
	if r := &u.Config.Recycle; r.Lifetime > 0 {
		u.oldAt = now.Add(lifetime(r))
	}
}

func lifetime(r *config.Recycle) time.Duration {
	if r.Jitter <= 0 {
		return r.Lifetime
	}
	return r.Lifetime - rand.N(r.Jitter)
}

// tickRecycling replaces what is due.
func (s *Supervisor) tickRecycling(now time.Time) {
	weighs := false
	for _, u := range s.units {
		weighs = weighs || u.Config.Recycle.Memory > 0
		if !u.oldAt.IsZero() && !now.Before(u.oldAt) && u.isUp() {
			u.due, u.oldAt = "it is "+lasted(u.StartedAt, now)+" old", time.Time{}
		}
	}
	switch {
	case !weighs:
		s.weighAt = time.Time{}
	case s.weighAt.IsZero():
		s.weighAt = now.Add(memoryLook)
	case !now.Before(s.weighAt):
		s.weighAt = now.Add(memoryLook)
		s.weigh()
	}
	if u := s.recycled; u != nil && (!live(u) && u.Desired() != program.Up || u.State == program.Running && u.Ready && u.reloading == nil && u.due == "") {
		s.recycled = nil
	}
	if s.recycled != nil || s.state.Phase != container.Serving {
		return
	}
	for _, u := range s.units {
		if u.due != "" && u.State == program.Running && u.Ready && u.reloading == nil && s.othersReady(u) {
			s.recycle(u, now)
			return
		}
	}
}

// othersReady says whether everything but u does what the container is for.
func (s *Supervisor) othersReady(u *unit) bool {
	for _, name := range s.health().Waiting {
		if name != u.name {
			return false
		}
	}
	return true
}

// recycle replaces the processes of u.
func (s *Supervisor) recycle(u *unit, now time.Time) {
	s.recycled = u
	line := u.due + ": replacing it"
	s.Log(u.name + ": " + line)
	s.happened(u, u.State, line, now)
	why := u.due
	u.due = ""
	if u.Config.ReloadSignal == 0 || u.reloaded {
		u.order = "because " + why
		s.apply(u, now, program.Event{Kind: program.Restart})
		return
	}
	u.reloaded = true
	s.reloadProgram(u, now, func(v outcome) {
		if v.status == control.OK && u.isUp() && u.Config.Recycle.Lifetime > 0 {
			u.oldAt = time.Now().Add(lifetime(&u.Config.Recycle))
			u.reloaded = false
		}
	})
}

// weigh looks at the memory of programs, beside the loop.
func (s *Supervisor) weigh() {
	asked := map[int]*unit{}
	for pid, u := range s.byPID {
		if u.Config.Recycle.Memory > 0 && u.isUp() {
			asked[pid] = u
		}
	}
	s.measure(func(used map[int]usage.Usage) {
		s.post(func() {
			for pid, u := range asked {
				if most := u.Config.Recycle.Memory; used[pid].Memory > most && u.PID == pid && u.isUp() && u.due == "" {
					u.due = "it uses " + phrase.Bytes(used[pid].Memory) + ", more than max_memory (" + phrase.Bytes(most) + ")"
				} else if u.PID == pid && used[pid].Memory <= most {
					u.reloaded = false // a reload has helped
				}
			}
		})
	})
}

// recyclingDue is when tickRecycling has something to look at; zero: never.
func (s *Supervisor) recyclingDue() (at time.Time) {
	at = s.weighAt
	for _, u := range s.units {
		if u.isUp() {
			at = earlier(at, u.oldAt)
		}
	}
	return at
}
