// Package usage reads from /proc what processes and their descendants use
// (proc(5)): one walk for all that are asked for.
package usage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"entrypoint/config/directory"
)

// Usage is what a process and all that descend from it use.
type Usage struct {
	Processes   int
	CPU         float64 // seconds; with those of children that were waited for, except of own
	Memory      int64   // bytes, resident
	Descriptors int     // of all; -1: not allowed to see
	Zombies     int     // children of the process itself that are dead and not reaped
}

// process is one line of the walk.
type process struct {
	parent int
	state  byte
	cpu    float64 // of its own
	waited float64 // of its children that were waited for
	memory int64
}

// ticks is USER_HZ, which Linux gives to programs on every architecture of Go's.
const ticks = 100

// Of returns what the processes with these ids use, each with its descendants but
// without those of another one in the list, and what own uses alone. A process that
// is gone uses nothing.
func Of(own int, pids []int) map[int]Usage { return read("/proc", own, pids) }

func read(proc string, own int, pids []int) map[int]Usage {
	all := walk(proc)
	asked := map[int]bool{own: true}
	for _, pid := range pids {
		asked[pid] = true
	}
	sums := map[int]Usage{}
	for pid, p := range all {
		root := rootOf(pid, all, asked)
		if root == 0 {
			continue
		}
		u := sums[root]
		if p.state == 'Z' {
			if p.parent == root {
				u.Zombies++
			}
			sums[root] = u
			continue
		}
		if root == own && pid != own {
			continue
		}
		u.Processes++
		u.CPU += p.cpu
		if root != own { // ours are the programs that have ended
			u.CPU += p.waited
		}
		u.Memory += p.memory
		if n := descriptors(filepath.Join(proc, strconv.Itoa(pid), "fd")); n < 0 {
			u.Descriptors = -1
		} else if u.Descriptors >= 0 {
			u.Descriptors += n
		}
		sums[root] = u
	}
	return sums
}

// walk reads every process.
func walk(proc string) map[int]process {
	all := map[int]process{}
	names, _ := directory.Names(proc)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join(proc, name, "stat"))
		if err != nil {
			continue // it has ended
		}
		if p, ok := parse(line); ok {
			all[pid] = p
		}
	}
	return all
}

// rootOf is the nearest process above pid, or pid itself, that is asked for; 0:
// there is none.
func rootOf(pid int, all map[int]process, asked map[int]bool) int {
	for range 1000 { // the processes were not read all at once, so there may be a circle
		if asked[pid] {
			return pid
		}
		p, ok := all[pid]
		if !ok || p.parent == 0 {
			return 0
		}
		pid = p.parent
	}
	return 0
}

// descriptors is how many are open, or -1 when they cannot be seen. A process that
// has ended since it was found has none.
func descriptors(dir string) int {
	d, err := os.Open(dir)
	if err != nil {
		return unseen(err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return unseen(err)
	}
	return len(names)
}

func unseen(err error) int {
	if os.IsNotExist(err) || errors.Is(err, syscall.ESRCH) {
		return 0
	}
	return -1
}

// parse reads /proc/PID/stat. The command's name, the second field, may hold
// blanks and parentheses; what is behind its last one is numbers.
func parse(line []byte) (p process, ok bool) {
	end := bytes.LastIndexByte(line, ')')
	if end < 0 {
		return p, false
	}
	fields := strings.Fields(string(line[end+1:]))
	const first = 3 // the number of fields[0] in proc(5)
	if len(fields) <= 24-first {
		return p, false
	}
	number := func(n int) int64 {
		value, _ := strconv.ParseInt(fields[n-first], 10, 64)
		return value
	}
	p.state = fields[0][0]
	p.parent = int(number(4))
	p.cpu = float64(number(14)+number(15)) / ticks
	p.waited = float64(number(16)+number(17)) / ticks
	p.memory = number(24) * int64(os.Getpagesize())
	return p, true
}

// Handling is what a process does with signals, and its name (proc(5), status). Of one that
// is gone it is empty.
type Handling struct {
	Name            string
	Caught, Ignored uint64 // bit n-1 is signal n
}

// HandlingOf reads what a process does with signals.
func HandlingOf(pid int) Handling {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	field := func(name string) string {
		_, rest, _ := bytes.Cut(text, []byte(name+":\t"))
		value, _, _ := bytes.Cut(rest, []byte("\n"))
		return string(value)
	}
	caught, _ := strconv.ParseUint(field("SigCgt"), 16, 64)
	ignored, _ := strconv.ParseUint(field("SigIgn"), 16, 64)
	return Handling{Name: field("Name"), Caught: caught, Ignored: ignored}
}

// Catches says whether the process has a handler for a signal.
func (h Handling) Catches(sig syscall.Signal) bool { return h.Caught&(1<<(sig-1)) != 0 }

// Ignores says whether the process ignores a signal.
func (h Handling) Ignores(sig syscall.Signal) bool { return h.Ignored&(1<<(sig-1)) != 0 }
