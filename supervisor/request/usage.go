package request

import (
	"os"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/usage"
)

// usage answers with what programs use, and we ourselves.
func (d *Desk) usage(r *control.Request, c *Caller) {
	asked := map[int]string{}
	for _, p := range d.named(orAll(r.Names), c) {
		if p.Reachable() {
			asked[p.PID] = p.Name
		}
	}
	d.Processes.Usage(func(used map[int]usage.Usage) {
		tell := func(name string, pid int) {
			n := used[pid]
			c.reply(&control.Answer{Usage: &control.Usage{
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
