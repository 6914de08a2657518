package supervisor

import (
	"maps"
	"os"
	"slices"

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

// measure reads what every program uses, and we ourselves; tell is called from another
// goroutine.
func (s *Supervisor) measure(tell func(map[int]usage.Usage)) {
	// Also those that nobody has asked for: what they use is not ours.
	s.about.usage.Read(s.Files, slices.Collect(maps.Keys(s.byPID)), tell)
}
