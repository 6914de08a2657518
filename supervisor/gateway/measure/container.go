package measure

import (
	"os"
	"runtime"

	"entrypoint/supervisor/cgroup"
)

// Container is what the kernel says of our control group. A part is nil where it cannot be
// read.
type Container struct {
	Host      string     `json:"host"` // its host name
	Memory    *Memory    `json:"memory,omitempty"`
	CPU       *CPU       `json:"cpu,omitempty"`
	Processes *Processes `json:"processes,omitempty"`
}

// Memory is the memory of all processes of the container, in bytes.
type Memory struct {
	Usage int64 `json:"usage_bytes"`          // without the page cache that is given back first
	Cache int64 `json:"cache_bytes"`          // that one
	Limit int64 `json:"limit_bytes"`          // 0: none
	Peak  int64 `json:"peak_bytes,omitempty"` // with the page cache; 0: not known
	Kills int64 `json:"oom_kills"`            // processes that the kernel has killed, out of memory; -1: not known
}

// CPU is the CPU time of all processes of the container, and its quota.
type CPU struct {
	Seconds   float64 `json:"seconds"` // -1: not known
	Cores     float64 `json:"cores"`   // that it may use on average; 0: no limit
	Machine   int     `json:"machine_cores"`
	Periods   int64   `json:"periods"` // of its quota; -1: not known, nor what follows
	Throttled int64   `json:"throttled_periods"`
	Waited    float64 `json:"throttled_seconds"`
}

// Processes are those of the container, with threads.
type Processes struct {
	Current int64 `json:"current"`
	Limit   int64 `json:"limit"` // 0: none
}

// Read reads how the container is now.
func Read() *Container {
	own := cgroup.Own()
	c := &Container{}
	c.Host, _ = os.Hostname()
	if m := cgroup.ReadMemory(cgroup.Root, own); m != nil {
		cache := min(cgroup.ReadCache(cgroup.Root, own), m.Usage)
		c.Memory = &Memory{Usage: m.Usage - cache, Cache: cache, Limit: m.Limit, Peak: m.Peak, Kills: m.Kills}
	}
	if u := cgroup.ReadCPU(cgroup.Root, own); u != nil {
		c.CPU = &CPU{Seconds: u.Usage, Cores: u.Cores, Machine: runtime.NumCPU(), Periods: u.Periods, Throttled: u.Throttled, Waited: u.Waited}
	}
	if p := cgroup.ReadProcesses(cgroup.Root, own); p != nil {
		c.Processes = &Processes{p.Current, p.Limit}
	}
	return c
}
