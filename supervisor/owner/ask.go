package owner

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/namespace"
)

// Question is whether the socket that answers at an address is a program's.
type Question struct {
	Address
	PID, Group int   // main process of the program, and its process group
	Others     []int // main processes of the other programs and of all else that we have started; each leads its group
}

// Whose says to whom a socket belongs.
type Whose int

// The answers.
const (
	Unknown Whose = iota // it cannot be seen, or no process has it: counts as the program's
	Ours                 // a process of the program has it
	Theirs               // another process has it, and no process of the program
	Hidden               // we may not look at the descriptors of the program's processes
)

// Answer is what Ask has found.
type Answer struct {
	Whose   Whose
	Sockets []string // the sockets that listen there
	Holder  Holder   // with Theirs: the process that has it, if it can be seen

	// With Hidden: the processes of the program that a helper of another user has to look at.
	PIDs     []int
	UID, GID uint32 // that user
	blind    bool   // there are more, which that user may not look at either
}

// searchTime bounds the search for the name of a holder.
const searchTime = time.Second

// Ask finds out whose a socket is. It reads /proc/PID/stat of every process, and the
// descriptors of the program's; that takes a millisecond or so, and is not for the
// loop.
func Ask(q Question) (a Answer) {
	if a.Sockets = Listening(q.Address); len(a.Sockets) == 0 {
		return a
	}
	all := walk()
	if all == nil || all[q.PID].group == 0 {
		return a
	}
	own := os.Getpid()
	others := map[int]bool{}
	for _, pid := range q.Others {
		others[pid] = true
	}
	stray := false
	for pid, p := range all {
		root := rootOf(pid, all, func(pid int) bool { return pid == q.PID || pid == own || others[pid] })
		mine := p.group == q.Group || root == q.PID
		if !mine && (root != own || pid == own || others[p.group]) {
			continue
		}
		yes, hidden := holds(strconv.Itoa(pid), a.Sockets)
		switch {
		case yes && mine:
			a.Whose = Ours
			return a
		case (yes || hidden) && !mine:
			stray = true
		case hidden:
			a.hides(pid)
		}
	}
	switch {
	case len(a.PIDs) > 0:
		a.Whose = Hidden
	case a.blind:
	case !stray:
		a.Whose = Theirs
		a.Holder = Find(q.Address, time.Now().Add(searchTime))
	}
	return a
}

// hides notes a process whose descriptors only its own user can see. A program's
// processes usually have one user; of several users the first one counts. A process that
// has changed its user without an exec (a worker of nginx) belongs to root here, and shows
// its descriptors to nobody.
func (a *Answer) hides(pid int) {
	info, err := os.Stat("/proc/" + strconv.Itoa(pid))
	if err != nil {
		return // it has ended
	}
	stat := info.Sys().(*syscall.Stat_t)
	switch {
	case int(stat.Uid) == os.Geteuid(), len(a.PIDs) > 0 && stat.Uid != a.UID:
		a.blind = true
	default:
		a.UID, a.GID = stat.Uid, stat.Gid
		a.PIDs = append(a.PIDs, pid)
	}
}

// process is what the search knows of a process.
type process struct{ parent, group int }

// walk reads every process; nil: /proc is not that of our PID namespace.
func walk() map[int]process {
	if !namespace.Visible() {
		return nil
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	all := make(map[int]process, len(names))
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		line, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT GROUP ..., and NAME may hold blanks and parentheses.
		fields := strings.Fields(string(line[strings.LastIndexByte(string(line), ')')+1:]))
		if len(fields) < 3 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		group, _ := strconv.Atoi(fields[2])
		all[pid] = process{parent, group}
	}
	return all
}

// rootOf returns the nearest ancestor of pid that is one of the roots, or pid itself; 0:
// there is none.
func rootOf(pid int, all map[int]process, root func(int) bool) int {
	for range 1000 { // the processes were not read all at once, so there may be a circle
		if root(pid) {
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
