package supervisor

import (
	"os"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/usage"
)

// tellUsage answers with what programs use, and we ourselves. /proc is read beside
// the loop.
func (s *Supervisor) tellUsage(r control.Request, c *caller) {
	own := os.Getpid()
	pids, names := []int{own}, []string{""}
	for _, u := range s.named(orAll(r.Names), c) {
		if u.reachable() {
			pids, names = append(pids, u.PID), append(names, u.name)
		}
	}
	go func() {
		used := usage.Of(pids)
		for i, pid := range pids {
			n := used[pid]
			c.reply(control.Answer{Usage: &control.Usage{
				Name: names[i], PID: pid, Processes: n.Processes, CPU: n.CPU, Memory: n.Memory,
				Descriptors: n.Descriptors, Zombies: n.Zombies,
			}})
		}
		c.done()
	}()
}
