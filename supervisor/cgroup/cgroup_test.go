package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"entrypoint/supervisor/skip"
)

// tree writes files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	ownV1  = "4:memory:/docker/abc\n3:cpuset:/\n2:cpuacct,cpu:/docker/abc\n1:pids:/docker/abc\n0::/docker/abc\n"
	ownV2  = "0::/docker/abc\n"
	inside = "0::/\n" // with a namespace of its own
)

// v1 and v2 are what the kernel shows, in directories that begin with prefix.
func v1(prefix string) map[string]string {
	return map[string]string{
		"memory" + prefix + "/memory.usage_in_bytes":     "1000000\n",
		"memory" + prefix + "/memory.max_usage_in_bytes": "2000000\n",
		"memory" + prefix + "/memory.limit_in_bytes":     "268435456\n",
		"memory" + prefix + "/memory.oom_control":        "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
		"cpu" + prefix + "/cpu.stat":                     "nr_periods 10\nnr_throttled 3\nthrottled_time 1500000000\n",
		"cpu" + prefix + "/cpu.cfs_quota_us":             "150000\n",
		"cpu" + prefix + "/cpu.cfs_period_us":            "100000\n",
		"cpuacct" + prefix + "/cpuacct.usage":            "2500000000\n",
		"pids" + prefix + "/pids.current":                "7\n",
		"pids" + prefix + "/pids.max":                    "100\n",
	}
}

func v2(prefix string) map[string]string {
	return map[string]string{
		prefix + "/memory.current": "1000000\n",
		prefix + "/memory.peak":    "2000000\n",
		prefix + "/memory.max":     "268435456\n",
		prefix + "/memory.events":  "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n",
		prefix + "/cpu.stat":       "usage_usec 2500000\nuser_usec 1\nsystem_usec 1\nnr_periods 10\nnr_throttled 3\nthrottled_usec 1500000\n",
		prefix + "/cpu.max":        "150000 100000\n",
		prefix + "/pids.current":   "7\n",
		prefix + "/pids.max":       "100\n",
	}
}

// TestRead: the same numbers by either version, wherever the group is mounted.
func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		own   string
	}{
		"version 1":                {v1("/docker/abc"), ownV1},
		"version 1, own mount":     {v1(""), ownV1},
		"version 2":                {v2("/docker/abc"), ownV2},
		"version 2, own mount":     {v2(""), ownV2},
		"version 2, own view":      {v2(""), inside},
		"version 1 beside empty 2": {v1("/docker/abc"), "0::/docker/abc\n" + ownV1},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, c.files)
			m, cpu, p := ReadMemory(root, c.own), ReadCPU(root, c.own), ReadProcesses(root, c.own)
			if m == nil || *m != (Memory{1000000, 2000000, 256 << 20, 2}) {
				t.Errorf("memory: %+v", m)
			}
			if cpu == nil || *cpu != (CPU{2.5, 1.5, 10, 3, 1.5}) {
				t.Errorf("cpu: %+v", cpu)
			}
			if p == nil || *p != (Processes{7, 100}) {
				t.Errorf("processes: %+v", p)
			}
		})
	}
}

// TestNoLimits: "max", -1 and the largest number are none; what is missing is not
// known.
func TestNoLimits(t *testing.T) {
	one := tree(t, map[string]string{
		"memory/memory.limit_in_bytes": "9223372036854771712\n",
		"memory/memory.oom_control":    "oom_kill_disable 0\nunder_oom 0\n",
		"cpu/cpu.stat":                 "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
		"cpu/cpu.cfs_quota_us":         "-1\n",
		"cpu/cpu.cfs_period_us":        "100000\n",
		"pids/pids.current":            "7\n",
		"pids/pids.max":                "max\n",
	})
	two := tree(t, map[string]string{"memory.max": "max\n", "memory.current": "5\n", "cpu.max": "max 100000\n", "cpu.stat": "usage_usec 0\n", "pids.current": "7\n", "pids.max": "max\n"})
	if c := ReadCPU(two, ownV2); c == nil || c.Periods != -1 {
		t.Errorf("cpu without its controller: %+v", c)
	}
	for root, own := range map[string]string{one: ownV1, two: ownV2} {
		if m := ReadMemory(root, own); m == nil || m.Limit != 0 || m.Kills != -1 || m.Peak != 0 {
			t.Errorf("memory: %+v", m)
		}
		if c := ReadCPU(root, own); c == nil || c.Cores != 0 {
			t.Errorf("cpu: %+v", c)
		}
		if p := ReadProcesses(root, own); p == nil || p.Limit != 0 || p.Current != 7 {
			t.Errorf("processes: %+v", p)
		}
	}
	for _, own := range []string{"", "nonsense", ownV1, ownV2} {
		root := t.TempDir()
		if m, c, p := ReadMemory(root, own), ReadCPU(root, own), ReadProcesses(root, own); m != nil || c != nil || p != nil {
			t.Errorf("%q: %v %v %v where nothing is", own, m, c, p)
		}
	}
}

// TestOwn reads what this machine says of us.
func TestOwn(t *testing.T) {
	own := Own()
	skip.Unless(t, own != "", "/proc/self/cgroup")
	_, one := os.Stat(Root + "/memory/memory.usage_in_bytes")
	if _, two := os.Stat(Root + "/memory.current"); one == nil || two == nil {
		if m := ReadMemory(Root, own); m == nil || m.Usage <= 0 || m.Limit < 0 {
			t.Errorf("memory: %+v", m)
		}
	}
	// Every cpu.stat has a usage, and we have some.
	if c := ReadCPU(Root, own); c != nil && (c.Usage == 0 || c.Cores < 0) {
		t.Errorf("cpu: %+v", c)
	}
	if p := ReadProcesses(Root, own); p != nil && (p.Current < 1 || p.Limit < 0) {
		t.Errorf("processes: %+v", p)
	}
}
