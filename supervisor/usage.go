package supervisor

import (
	"os"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/usage"
)

// tellUsage answers with what programs use, and we ourselves.
func (s *Supervisor) tellUsage(r control.Request, c *caller) {
	asked := map[int]string{}
	for _, u := range s.named(orAll(r.Names), c) {
		if u.reachable() {
			asked[u.PID] = u.name
		}
	}
	s.measure(func(used map[int]usage.Usage) {
		tell := func(name string, pid int) {
			n := used[pid]
			c.reply(control.Answer{Usage: &control.Usage{
				Name: name, PID: pid, Processes: n.Processes, CPU: n.CPU, Memory: n.Memory,
				Descriptors: n.Descriptors, Zombies: n.Zombies,
			}})
		}
		tell("", os.Getpid())
		for pid, name := range asked {
			tell(name, pid)
		}
		c.done()
	})
}

// measure reads what every program uses, and we ourselves. /proc is read beside the
// loop, for one who asks at a time; tell is called there, too.
func (s *Supervisor) measure(tell func(map[int]usage.Usage)) {
	var all []int // also of those that nobody has asked for: they are not ours
	for pid := range s.byPID {
		all = append(all, pid)
	}
	go func() {
		var used map[int]usage.Usage // nothing, if /proc cannot be read now
		s.walking.Lock()
		_ = s.Files.Run("read /proc", func() { used = usage.Of(os.Getpid(), all) })
		s.walking.Unlock()
		tell(used)
	}()
}
