package variables

import (
	"cmp"
	"math"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/cgroup"
)

// Size is how large the container is.
type Size struct {
	CPUs   int   // that it may use, by their number and its quota, rounded up; 1 at least
	Memory int64 // bytes, which is that of the machine where nothing limits it; 0: not known
}

// Measure finds how large the container is. It may wait for /sys/fs/cgroup.
func Measure() Size { return measure(cgroup.Root, cgroup.Own()) }

func measure(root, own string) Size {
	s, l := machine(), cgroup.ReadLimits(root, own)
	if l.CPUs > 0 && l.CPUs < float64(s.CPUs) {
		s.CPUs = max(1, int(math.Ceil(l.CPUs)))
	}
	if l.Memory > 0 && (l.Memory < s.Memory || s.Memory == 0) {
		s.Memory = l.Memory
	}
	return s
}

// machine is the size without the limits of control groups.
func machine() Size {
	var set unix.CPUSet
	s := Size{CPUs: runtime.NumCPU()}
	if unix.SchedGetaffinity(0, &set) == nil { // it fails with more than 1,024 CPUs
		s.CPUs = set.Count()
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		s.Memory = int64(info.Totalram) * int64(info.Unit)
	}
	return s
}

// Sizing says in variables how large the container is, and for sizing = auto how many
// workers that is. A variable that has a value keeps it. Its error is Mistakes.
func Sizing(o Options) (r Result, err error) {
	e := edit{env: o.Env}
	cpus, memory, err := o.measured(&e)
	if err == nil && o.Keys.Sizing.Auto {
		r.What = workers(&o.Keys.Sizing, &e, cpus, memory)
	}
	r.Env, r.Size = e.env, o.Size
	return r, err
}

// measured are the CPUs and the MB of the container, as the environment says them or
// is then told.
func (o *Options) measured(e *edit) (cpus, memory int, err error) {
	var wrong Mistakes
	said := func(name string) int {
		text := e.value(name)
		n, err := strconv.Atoi(text)
		if text != "" && (err != nil || n < 1) {
			wrong = append(wrong, name+" has to be a whole number, 1 at least; without it, entry-point finds it out")
		}
		return n
	}
	if cpus, memory = said(config.CPUs), said(config.MemoryMB); wrong != nil || cpus > 0 && memory > 0 {
		return cpus, memory, wrong.err()
	}
	if o.Size == nil {
		found := Measure()
		o.Size = &found
	}
	if cpus == 0 {
		cpus = o.Size.CPUs
		e.set(config.CPUs, strconv.Itoa(cpus))
	}
	if memory == 0 {
		memory = max(1, int(o.Size.Memory>>20))
		e.set(config.MemoryMB, strconv.Itoa(memory))
	}
	return cpus, memory, nil
}

// WithoutSize is an environment without what Sizing has told it, where the one that was given
// to the container did not have it.
func WithoutSize(env, given []string) []string {
	e := edit{env: env}
	for _, name := range [...]string{config.CPUs, config.MemoryMB} {
		if environ.Value(given, name) == "" {
			e.drop(name)
		}
	}
	return e.env
}

// workers sets the variables of servers, and returns the line that shows the arithmetic.
func workers(k *config.Sizing, e *edit, cpus, memory int) string {
	perCPU := cmp.Or(k.WorkersPerCPU, config.DefaultWorkersPerCPU)
	most := cmp.Or(k.MaxWorkers, config.DefaultMaxWorkers)
	n := max(1, int(float64(cpus)*perCPU))
	line := number(float64(cpus)) + plural(" CPU", cpus != 1) + " x " + number(perCPU) + plural(" worker", perCPU != 1) + " = " + strconv.Itoa(n)
	if each := cmp.Or(k.WorkerMemory, config.DefaultWorkerMemory); each != config.NoWorkerMemory {
		fit := max(1, int(int64(memory)<<20/int64(each)))
		line += ", " + strconv.Itoa(memory) + " MB / " + number(float64(each)/(1<<20)) + " MB per worker = " + strconv.Itoa(fit)
		n = min(n, fit)
	}
	n = min(n, most)
	line += ", at most " + strconv.Itoa(most) + ": "

	set, kept := "", ""
	give := func(name, value string) bool {
		if e.value(name) != "" {
			kept += ", " + name
			return false
		}
		e.set(name, value)
		set += ", " + name + "=" + value
		return true
	}
	give("WEB_CONCURRENCY", strconv.Itoa(n))
	give("GOMAXPROCS", strconv.Itoa(cpus))
	give("NODE_OPTIONS", "--max-old-space-size="+strconv.Itoa(max(1, memory*3/4)))
	// uWSGI does not start where it is to keep as many workers as it may have, and the
	// processes of its own file, which may be few, count more than ours: so it keeps one.
	if give("UWSGI_PROCESSES", strconv.Itoa(n)) && n > 1 {
		give("UWSGI_CHEAPER", "1")
	}
	if set == "" {
		set = ", nothing is set"
	}
	if line += set[len(", "):]; kept != "" {
		line += "; kept as it is: " + kept[len(", "):]
	}
	return line
}

// number is a number with what digits it needs.
func number(n float64) string { return strconv.FormatFloat(n, 'g', 6, 64) }

func plural(what string, more bool) string {
	if more {
		what += "s"
	}
	return what
}
