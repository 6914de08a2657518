package cgroup

import "testing"

// TestReadLimits: the least limit on the way up counts, by either version, and what says
// nothing limits nothing.
func TestReadLimits(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		files map[string]string
		own   string
		want  Limits
	}{
		"version 1":             {v1("/docker/abc"), ownV1, Limits{1.5, 256 * mb}},
		"version 1, own mount":  {v1(""), ownV1, Limits{1.5, 256 * mb}},
		"version 2":             {v2("/docker/abc"), ownV2, Limits{1.5, 256 * mb}},
		"version 2, own mount":  {v2(""), ownV2, Limits{1.5, 256 * mb}},
		"version 2, own view":   {v2(""), inside, Limits{1.5, 256 * mb}},
		"version 2, outer path": {v2(""), "0::/../../kubepods/x\n", Limits{1.5, 256 * mb}},
		"nothing there":         {nil, ownV2, Limits{}},
		"no /proc":              {v2(""), "", Limits{1.5, 256 * mb}},
		"version 1, no limits": {map[string]string{
			"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n", "memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, ownV1, Limits{}},
		"version 2, no limits": {map[string]string{"cpu.max": "max 100000\n", "memory.max": "max\n"}, inside, Limits{}},
		"version 2, limits above": {map[string]string{
			"pod/cpu.max": "50000 100000\n", "pod/memory.max": "134217728\n",
			"pod/c/cpu.max": "max 100000\n", "pod/c/memory.max": "268435456\n",
		}, "0::/pod/c\n", Limits{0.5, 128 * mb}},
		"version 2, limits below": {map[string]string{
			"pod/cpu.max": "400000 100000\n", "pod/memory.max": "max\n",
			"pod/c/cpu.max": "250000 100000\n", "pod/c/memory.max": "268435456\n",
		}, "0::/pod/c\n", Limits{2.5, 256 * mb}},
		"version 1, limits above": {map[string]string{
			"cpu/pod/cpu.cfs_quota_us": "300000\n", "cpu/pod/cpu.cfs_period_us": "100000\n", "memory/pod/memory.limit_in_bytes": "67108864\n",
			"cpu/pod/c/cpu.cfs_quota_us": "-1\n", "cpu/pod/c/cpu.cfs_period_us": "100000\n", "memory/pod/c/memory.limit_in_bytes": "268435456\n",
		}, "2:memory:/pod/c\n1:cpu,cpuacct:/pod/c\n", Limits{3, 64 * mb}},
		"both versions": {map[string]string{
			"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n", "memory.max": "67108864\n",
		}, "1:cpu:/\n0::/\n", Limits{2, 64 * mb}},
		"not numbers": {map[string]string{"cpu.max": "\n", "memory.max": "many\n"}, inside, Limits{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ReadLimits(tree(t, c.files), c.own); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
