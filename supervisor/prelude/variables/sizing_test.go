package variables

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/config"
	"entrypoint/config/environ"
)

const mb = 1 << 20

// TestSizing: what a container of some size gets, and the line that shows why.
func TestSizing(t *testing.T) {
	auto := config.Sizing{Auto: true}
	for name, c := range map[string]struct {
		keys      config.Sizing
		size      Size
		env       string // with | between two
		want, say string
		err       string
	}{
		"off": {size: Size{2, 512 * mb}, env: "A=1", want: "A=1|ENTRYPOINT_CPUS=2|ENTRYPOINT_MEMORY_MB=512"},
		"memory decides": {
			auto,
			Size{2, 384 * mb},
			"A=1",
			"A=1|ENTRYPOINT_CPUS=2|ENTRYPOINT_MEMORY_MB=384|WEB_CONCURRENCY=3|GOMAXPROCS=2|NODE_OPTIONS=--max-old-space-size=288|UWSGI_PROCESSES=3|UWSGI_CHEAPER=1",
			"2 CPUs x 2 workers = 4, 384 MB / 128 MB per worker = 3, at most 12: " +
				"WEB_CONCURRENCY=3, GOMAXPROCS=2, NODE_OPTIONS=--max-old-space-size=288, UWSGI_PROCESSES=3, UWSGI_CHEAPER=1", "",
		},
		"CPUs decide": {
			config.Sizing{Auto: true, WorkersPerCPU: 1.5, WorkerMemory: 64 * mb, MaxWorkers: 20},
			Size{3, 8192 * mb},
			"A=1",
			"A=1|ENTRYPOINT_CPUS=3|ENTRYPOINT_MEMORY_MB=8192|WEB_CONCURRENCY=4|GOMAXPROCS=3|NODE_OPTIONS=--max-old-space-size=6144|UWSGI_PROCESSES=4|UWSGI_CHEAPER=1",
			"3 CPUs x 1.5 workers = 4, 8192 MB / 64 MB per worker = 128, at most 20: " +
				"WEB_CONCURRENCY=4, GOMAXPROCS=3, NODE_OPTIONS=--max-old-space-size=6144, UWSGI_PROCESSES=4, UWSGI_CHEAPER=1", "",
		},
		"the most decides": {
			auto,
			Size{64, 1 << 40},
			"A=1",
			"A=1|ENTRYPOINT_CPUS=64|ENTRYPOINT_MEMORY_MB=1048576|WEB_CONCURRENCY=12|GOMAXPROCS=64|NODE_OPTIONS=--max-old-space-size=786432|UWSGI_PROCESSES=12|UWSGI_CHEAPER=1",
			"64 CPUs x 2 workers = 128, 1048576 MB / 128 MB per worker = 8192, at most 12: " +
				"WEB_CONCURRENCY=12, GOMAXPROCS=64, NODE_OPTIONS=--max-old-space-size=786432, UWSGI_PROCESSES=12, UWSGI_CHEAPER=1", "",
		},
		"one at least": {
			config.Sizing{Auto: true, WorkersPerCPU: 0.5, WorkerMemory: 100.5 * mb},
			Size{1, 100 * mb},
			"A=1",
			"A=1|ENTRYPOINT_CPUS=1|ENTRYPOINT_MEMORY_MB=100|WEB_CONCURRENCY=1|GOMAXPROCS=1|NODE_OPTIONS=--max-old-space-size=75|UWSGI_PROCESSES=1",
			"1 CPU x 0.5 workers = 1, 100 MB / 100.5 MB per worker = 1, at most 12: " +
				"WEB_CONCURRENCY=1, GOMAXPROCS=1, NODE_OPTIONS=--max-old-space-size=75, UWSGI_PROCESSES=1", "",
		},
		"memory does not count": {
			config.Sizing{Auto: true, WorkersPerCPU: 1, WorkerMemory: config.NoWorkerMemory},
			Size{4, 64 * mb},
			"NODE_OPTIONS=--trace-warnings|UWSGI_CHEAPER=0|GOMAXPROCS=",
			"NODE_OPTIONS=--trace-warnings|UWSGI_CHEAPER=0|ENTRYPOINT_CPUS=4|ENTRYPOINT_MEMORY_MB=64|WEB_CONCURRENCY=4|GOMAXPROCS=4|UWSGI_PROCESSES=4",
			"4 CPUs x 1 worker = 4, at most 12: WEB_CONCURRENCY=4, GOMAXPROCS=4, UWSGI_PROCESSES=4; kept as it is: NODE_OPTIONS, UWSGI_CHEAPER", "",
		},
		"all is set": {
			auto,
			Size{2, 512 * mb},
			"WEB_CONCURRENCY=9|GOMAXPROCS=9|NODE_OPTIONS=9|UWSGI_PROCESSES=1",
			"WEB_CONCURRENCY=9|GOMAXPROCS=9|NODE_OPTIONS=9|UWSGI_PROCESSES=1|ENTRYPOINT_CPUS=2|ENTRYPOINT_MEMORY_MB=512",
			"2 CPUs x 2 workers = 4, 512 MB / 128 MB per worker = 4, at most 12: nothing is set; kept as it is: WEB_CONCURRENCY, GOMAXPROCS, NODE_OPTIONS, UWSGI_PROCESSES", "",
		},
		"the size is said": {
			auto,
			Size{2, 512 * mb},
			"ENTRYPOINT_CPUS=1|NODE_OPTIONS=x|ENTRYPOINT_MEMORY_MB=128",
			"ENTRYPOINT_CPUS=1|NODE_OPTIONS=x|ENTRYPOINT_MEMORY_MB=128|WEB_CONCURRENCY=1|GOMAXPROCS=1|UWSGI_PROCESSES=1",
			"1 CPU x 2 workers = 2, 128 MB / 128 MB per worker = 1, at most 12: WEB_CONCURRENCY=1, GOMAXPROCS=1, UWSGI_PROCESSES=1; kept as it is: NODE_OPTIONS", "",
		},
		"the size is nonsense": {
			auto,
			Size{2, 512 * mb},
			"ENTRYPOINT_CPUS=many|ENTRYPOINT_MEMORY_MB=0", "", "",
			"ENTRYPOINT_CPUS has to be a whole number, 1 at least; without it, entry-point finds it out\n" +
				"ENTRYPOINT_MEMORY_MB has to be a whole number, 1 at least; without it, entry-point finds it out",
		},
		"memory not known": {size: Size{1, 0}, env: "A=1", want: "A=1|ENTRYPOINT_CPUS=1|ENTRYPOINT_MEMORY_MB=1"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Sizing(Options{Keys: &config.Prelude{Sizing: c.keys}, Env: strings.Split(c.env, "|"), Size: &c.size})
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("got  %v\nwant %s", err, c.err)
				}
				return
			}
			if got := strings.Join(r.Env, "|"); err != nil || got != c.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, c.want)
			}
			if got := r.What; got != c.say {
				t.Errorf("\ngot  %s\nwant %s", got, c.say)
			}
		})
	}
}

// TestSizingHolds: whatever the size, there is a worker, none too many, and what fits.
func TestSizingHolds(t *testing.T) {
	for cpus := 1; cpus <= 70; cpus += 3 {
		for memory := 1; memory < 20000; memory = memory*3 + 1 {
			for _, perCPU := range []float64{0.01, 0.5, 1, 2, 7.3, 1000} {
				for _, most := range []int{0, 1, 5, 100} {
					k := config.Prelude{Sizing: config.Sizing{Auto: true, WorkersPerCPU: perCPU, MaxWorkers: most}}
					r, err := Sizing(Options{Keys: &k, Size: &Size{cpus, int64(memory) * mb}})
					n := config.Requirement{Name: "WEB_CONCURRENCY", Kind: config.VariableInt}
					value := environ.Value(r.Env, n.Name)
					_, ok := n.Wrong(value)
					workers := 0
					for _, digit := range value {
						workers = workers*10 + int(digit-'0')
					}
					limit := most
					if limit == 0 {
						limit = config.DefaultMaxWorkers
					}
					if err != nil || !ok || workers < 1 || workers > limit || workers > 1 && (workers*128 > memory || float64(workers) > float64(cpus)*perCPU) {
						t.Fatalf("%d CPUs, %d MB, %v each, at most %d: %q, %v", cpus, memory, perCPU, most, value, err)
					}
				}
			}
		}
	}
}

// TestMeasure: the limits of the container, of either version of cgroups, the least of
// which counts; and of the machine where there are none.
func TestMeasure(t *testing.T) {
	machine := measure(t.TempDir(), "")
	if machine.CPUs < 1 || machine.Memory < 16*mb {
		t.Fatalf("the machine has %+v", machine)
	}
	for name, c := range map[string]struct {
		own   string
		files map[string]string
		want  Size
	}{
		"version 2":             {"0::/\n", map[string]string{"cpu.max": "50000 100000\n", "memory.max": "8388608\n"}, Size{1, 8 * mb}},
		"version 2, nested":     {"0::/a/b\n", map[string]string{"a/cpu.max": "10000 100000\n", "a/memory.max": "4194304\n", "a/b/cpu.max": "max 100000\n", "a/b/memory.max": "8388608\n"}, Size{1, 4 * mb}},
		"version 2, no limits":  {"0::/\n", map[string]string{"cpu.max": "max 100000\n", "memory.max": "max\n"}, machine},
		"version 1":             {"2:memory:/x\n1:cpu,cpuacct:/x\n", map[string]string{"cpu/x/cpu.cfs_quota_us": "1\n", "cpu/x/cpu.cfs_period_us": "100000\n", "memory/x/memory.limit_in_bytes": "8388608\n"}, Size{1, 8 * mb}},
		"version 1, no limits":  {"2:memory:/\n1:cpu,cpuacct:/\n", map[string]string{"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n", "memory/memory.limit_in_bytes": "9223372036854771712\n"}, machine},
		"more than the machine": {"0::/\n", map[string]string{"cpu.max": "900000000 100000\n", "memory.max": "1125899906842624\n"}, machine},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range c.files {
				file = filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := measure(root, c.own); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// TestWithoutSize: what the container was given stays.
func TestWithoutSize(t *testing.T) {
	env := []string{"A=1", config.CPUs + "=2", config.MemoryMB + "=3"}
	for given, want := range map[string]string{"A=1": "A=1", config.CPUs + "=2": "A=1|ENTRYPOINT_CPUS=2"} {
		if got := strings.Join(WithoutSize(env, []string{given}), "|"); got != want {
			t.Errorf("given %s: %s, want %s", given, got, want)
		}
	}
	if len(env) != 3 || env[1] != "ENTRYPOINT_CPUS=2" {
		t.Errorf("it has changed what it was given: %q", env)
	}
}
