// Package cgroup reads what the kernel says of our control group, which in a
// container is the container's: its memory, CPU and processes, and their limits.
// Versions 1 and 2, and both at once, look the same to its users
// (Documentation/admin-guide/cgroup-v1, cgroup-v2 of the Linux kernel).
package cgroup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Root is where control groups are mounted.
const Root = "/sys/fs/cgroup"

// Own is which control groups we are in, as Find wants it; "": not known.
func Own() string { return small("/proc/self/cgroup") }

// small is the content of a file of a control group, or of /proc/self/cgroup; "": it cannot
// be read. The kernel makes such a file in one piece, so that a read that does not fill the
// buffer has reached its end. os.ReadFile takes three times as many system calls, and each
// start of a container reads several files.
func small(path string) (text string) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	buf := make([]byte, 1024)
	for {
		n, err := unix.Read(fd, buf)
		text += string(buf[:max(n, 0)])
		if n < len(buf) && err != unix.EINTR {
			return text
		}
	}
}

// unlimited is beyond every real limit: without one, version 1 shows the largest
// number of pages that there can be.
const unlimited = 1 << 60

// Group is the directory of a control group, for one controller.
type Group struct {
	dir string
	v1  bool
}

// Find finds our group of a controller, such as "memory", below root. own is what
// /proc/self/cgroup holds. probe names a file that the group has, by version: in a
// container what is mounted may begin at its own group.
func Find(root, own, controller string, probe [2]string) (g Group, ok bool) {
	for _, line := range strings.Split(own, "\n") {
		_, rest, found := strings.Cut(line, ":")
		names, path, _ := strings.Cut(rest, ":")
		g := Group{dir: root}
		switch {
		case strings.Contains(","+names+",", ","+controller+","):
			g = Group{filepath.Join(root, controller), true}
		case !found || names != "":
			continue
		}
		file := probe[1]
		if g.v1 {
			file = probe[0]
		}
		if file == "" {
			continue
		}
		for _, dir := range [...]string{g.dir + path, g.dir} {
			if _, err := os.Stat(dir + "/" + file); err == nil {
				return Group{dir, g.v1}, true
			}
		}
	}
	return g, false
}

// text is the content of a file by version; "": there is none.
func (g Group) text(v1, v2 string) string {
	name := v2
	if g.v1 {
		name = v1
	}
	if name == "" {
		return ""
	}
	return strings.TrimSpace(small(g.dir + "/" + name))
}

// number is a file of one number; ok is false where there is none. "max", and what
// is beyond every limit, is 0.
func (g Group) number(v1, v2 string) (n int64, ok bool) {
	text := g.text(v1, v2)
	if text == "max" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	if n >= unlimited {
		n = 0
	}
	return n, true
}

// field is the number behind a word at the begin of a line.
func field(text, key string) (n int64, ok bool) {
	for _, line := range strings.Split(text, "\n") {
		if rest, found := strings.CutPrefix(line, key+" "); found {
			n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// Memory is what the group uses, in bytes.
type Memory struct {
	Usage int64 // with the page cache; 0: not known
	Peak  int64 // of Usage; 0: not known
	Limit int64 // 0: none
	Kills int64 // processes that the kernel has killed, out of memory; -1: not known (before Linux 4.13)
}

// ReadMemory reads the memory of our group; nil: it cannot be read.
func ReadMemory(root, own string) *Memory {
	g, m := readKills(root, own)
	if m != nil {
		m.Usage, _ = g.number("memory.usage_in_bytes", "memory.current")
		m.Peak, _ = g.number("memory.max_usage_in_bytes", "memory.peak")
	}
	return m
}

// ReadKills is ReadMemory without Usage and Peak, which take longer.
func ReadKills(root, own string) *Memory {
	_, m := readKills(root, own)
	return m
}

func readKills(root, own string) (g Group, m *Memory) {
	g, ok := Find(root, own, "memory", [2]string{"memory.limit_in_bytes", "memory.max"})
	if !ok {
		return g, nil
	}
	m = &Memory{}
	m.Limit, _ = g.number("memory.limit_in_bytes", "memory.max")
	if m.Kills, ok = field(g.text("memory.oom_control", "memory.events"), "oom_kill"); !ok {
		m.Kills = -1
	}
	return g, m
}

// CPU is what the group uses of the processors, in seconds.
type CPU struct {
	Usage     float64 // -1: not known
	Cores     float64 // that it may use on average; 0: no limit
	Periods   int64   // in which it had a limit; -1: not known, nor what follows
	Throttled int64   // how many of these in which it has used up its limit
	Waited    float64 // how long it was throttled
}

// ReadCPU reads the CPU time of our group; nil: it cannot be read.
func ReadCPU(root, own string) *CPU {
	g, ok := Find(root, own, "cpu", [2]string{"cpu.stat", "cpu.stat"})
	if !ok {
		return nil
	}
	c := &CPU{Usage: -1}
	stat := g.text("cpu.stat", "cpu.stat")
	if c.Periods, ok = field(stat, "nr_periods"); !ok { // version 2 without the controller
		c.Periods = -1
	}
	c.Throttled, _ = field(stat, "nr_throttled")
	if g.v1 {
		waited, _ := field(stat, "throttled_time")
		c.Waited = float64(waited) / 1e9
		if a, ok := Find(root, own, "cpuacct", [2]string{"cpuacct.usage"}); ok {
			if n, ok := a.number("cpuacct.usage", ""); ok {
				c.Usage = float64(n) / 1e9
			}
		}
		quota, _ := g.number("cpu.cfs_quota_us", "")
		if period, _ := g.number("cpu.cfs_period_us", ""); quota > 0 && period > 0 {
			c.Cores = float64(quota) / float64(period)
		}
		return c
	}
	waited, _ := field(stat, "throttled_usec")
	c.Waited = float64(waited) / 1e6
	if n, ok := field(stat, "usage_usec"); ok {
		c.Usage = float64(n) / 1e6
	}
	quota, period, _ := strings.Cut(g.text("", "cpu.max"), " ")
	q, _ := strconv.ParseFloat(quota, 64) // "max": 0
	if p, _ := strconv.ParseFloat(period, 64); p > 0 {
		c.Cores = q / p
	}
	return c
}

// Processes are those of the group, with threads.
type Processes struct {
	Current int64
	Limit   int64 // 0: none
}

// ReadProcesses counts the processes of our group; nil: it cannot be read.
func ReadProcesses(root, own string) *Processes {
	g, ok := Find(root, own, "pids", [2]string{"pids.current", "pids.current"})
	if !ok {
		return nil
	}
	p := &Processes{}
	p.Current, _ = g.number("pids.current", "pids.current")
	p.Limit, _ = g.number("pids.max", "pids.max")
	return p
}
