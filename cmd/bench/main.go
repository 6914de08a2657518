package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// benchmark is one group of measurements.
type benchmark struct {
	name string
	run  func(*rig) ([]row, error)
}

func benchmarks() []benchmark {
	return []benchmark{
		{"size", benchSize},
		{"start", benchStart},
		{"prelude", benchPrelude},
		{"memory", benchMemory},
		{"orphans", benchOrphans},
		{"statuses", benchStatuses},
		{"signal", benchSignal},
		{"early-signal", benchEarly},
		{"idle", benchIdle},
		{"mass-start", benchMassStart},
		{"mass-memory", benchMassMemory},
		{"mass-stop", benchMassStop},
		{"crash", benchCrash},
		{"log-stdout", benchLogStdout},
		{"log-file", benchLogFile},
		{"log-lines", benchLogLines},
		{"log-ticks", benchLogTicks},
		{"http", benchHTTP},
		{"web-app", benchWebApp},
		{"flask", benchFlask},
	}
}

func main() {
	only := flag.String("run", "", "run only the benchmarks whose name contains one of these `names` (comma-separated)")
	runs := flag.Int("n", 100, "runs of each contestant in the start benchmark; the others derive theirs from it")
	bin := flag.String("bin", "./entry-point", "the binary to measure")
	before := flag.String("before", "", "compare with an earlier build at this `path`, and with no peer; at most 3% worse, of start, memory, crash and mass")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() > 0 || *runs < 1 {
		usage()
		os.Exit(64)
	}
	os.Exit(run(*bin, *before, *runs, *only))
}

func usage() {
	names := []string{}
	for _, b := range benchmarks() {
		names = append(names, b.name)
	}
	fmt.Fprintf(os.Stderr, "usage: go run ./cmd/bench [-run NAME] [-n RUNS] [-bin PATH] [-before PATH]\nbenchmarks: %s\n", strings.Join(names, ", "))
	flag.PrintDefaults()
}

// run measures, prints the table, and returns 1 if something could not be
// measured.
func run(bin, before string, runs int, only string) int {
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "bench: cannot make a PID namespace: not root (run as root)")
		return 1
	}
	r, err := newRig(bin, fullScale(runs))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	defer r.close()
	if before != "" {
		if r.before, err = measurable(before); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			return 1
		}
		only = cmp.Or(only, regression)
	}

	code := 0
	var rows []row
	for _, b := range benchmarks() {
		if !selected(b.name, only) {
			continue
		}
		began := time.Now()
		got, err := b.run(r)
		rows = append(rows, got...)
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: cannot measure %s: %v\n", b.name, err)
			code = 1
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: measured %s in %.0f s\n", b.name, time.Since(began).Seconds())
	}
	if rows == nil && code == 0 {
		fmt.Fprintf(os.Stderr, "bench: no benchmark has %q in its name\n", only)
		return 64
	}
	fmt.Println(machine())
	fmt.Println("go run ./cmd/bench " + strings.Join(os.Args[1:], " "))
	fmt.Println("median (10%-90% of the runs); ratio = ours / peer")
	fmt.Println()
	if err := write(os.Stdout, rows); err != nil {
		return 1
	}
	return code
}

// regression are the benchmarks that compare with an earlier build, if none are named.
const regression = "start,prelude,memory,crash,mass"

func selected(name, only string) bool {
	for part := range strings.SplitSeq(only, ",") {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// machine describes what the numbers were taken on; without it they mean
// nothing, and with other work on it (load) little.
func machine() string {
	var name unix.Utsname
	_ = unix.Uname(&name)
	load, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(load), " ")
	text := func(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }
	return fmt.Sprintf("%d cores, %s %s %s, load %s, %s",
		runtime.NumCPU(), text(name.Sysname[:]), text(name.Release[:]), runtime.GOARCH, first, runtime.Version())
}
