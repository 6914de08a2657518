package config

import (
	"math"
	"strconv"
	"strings"

	"entrypoint/config/vocabulary"
)

// The variables that say how large the container is. They are set before anything is
// expanded, and are %(cpus)s and %(memory_mb)s.
const (
	CPUs     = "ENTRYPOINT_CPUS"      // a whole number, 1 at least
	MemoryMB = "ENTRYPOINT_MEMORY_MB" // in MB of 1024 KB
)

// Sizing says how many workers a container of some size gets. A number that is 0 has not
// been said.
type Sizing struct {
	Auto          bool    // variables of servers are set (sizing = auto)
	WorkersPerCPU float64 // may be a fraction
	WorkerMemory  int     // how many bytes each worker needs (memory_per_worker); NoWorkerMemory: it does not count
	MaxWorkers    int
}

// The sizing of those who have not said it, and a memory_per_worker of 0.
const (
	DefaultWorkersPerCPU = 2
	DefaultWorkerMemory  = 128 << 20
	DefaultMaxWorkers    = 12
	NoWorkerMemory       = -1
)

// sizingNames are the values of sizing=. It is never written.
var sizingNames = []string{"off", "auto"}

// sizingKeys are the keys of [entrypoint] about the size of the container. It is never
// written.
var sizingKeys = []containerKey{
	{row{
		Name: "sizing", Type: vocabulary.Choice, Values: &sizingNames, Default: "off",
		Help:    "`auto` sets WEB_CONCURRENCY, GOMAXPROCS, NODE_OPTIONS=--max-old-space-size, UWSGI_PROCESSES and UWSGI_CHEAPER from the container's CPUs and memory, where they are not set. ENTRYPOINT_CPUS and ENTRYPOINT_MEMORY_MB are always set.",
		Example: "sizing = auto",
	}, func(l *loader, _ setting, t *text) error {
		n, err := parseWord(t.s, sizingNames)
		l.c.Prelude.Sizing.Auto = n == 1
		return err
	}},
	{row{
		Name: "workers_per_cpu", Type: vocabulary.Text, Default: "2",
		Help:    "For `sizing = auto`: how many workers each CPU gets. It may be a fraction.",
		Example: "workers_per_cpu = 1.5",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.Sizing.WorkersPerCPU, err = parseWorkersPerCPU(t.s)
		return err
	}},
	{row{
		Name: "memory_per_worker", Type: vocabulary.Size, Default: "128MB",
		Help:    "For `sizing = auto`: how much memory each worker needs, so that no more are started than fit. 0: memory does not count.",
		Example: "memory_per_worker = 256MB",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.Sizing.WorkerMemory, err = parseWorkerMemory(t.s)
		return err
	}},
	{row{
		Name: "max_workers", Type: vocabulary.Integer, Default: "12",
		Help:    "For `sizing = auto`: the most workers, however large the container is.",
		Example: "max_workers = 8",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.Sizing.MaxWorkers, err = parseInt(t.s, 1, math.MaxInt32)
		return err
	}},
}

func parseWorkersPerCPU(s string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(n > 0 && n <= 1000) {
		return 0, invalid(s, "is no number of workers such as 2 or 0.5, 1000 at most")
	}
	return n, nil
}

// leastWorkerMemory keeps a forgotten MB from making thousands of workers.
const leastWorkerMemory = 1 << 20

func parseWorkerMemory(s string) (int, error) {
	n, err := parseBytes(s)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return NoWorkerMemory, nil
	case n < leastWorkerMemory:
		return 0, invalid(s, "is too little: 1MB at least, such as 128MB, or 0")
	}
	return n, nil
}
