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
	Others     []int // main processes of the other programs, which are the heads of their groups, and of what else we have started
}

// Whose says to whom a socket belongs.
type Whose int

// The answers.
const (
	Unknown Whose = iota // it cannot be seen, or is nobody's: as good as the program's
	Ours                 // a process of the program has it
	Theirs               // another process has it, and none of the program
	Hidden               // the program's processes do not show what they have to us
)

// Answer is what Ask has found.
type Answer struct {
	Whose   Whose
	Sockets []string // that listen there
	Holder  Holder   // of Theirs, if it can be seen

	// Of Hidden: the processes of the program that another user has to look at.
	PIDs     []int
	UID, GID uint32 // that user
	blind    bool   // there are more, which he cannot look at either
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
		yes, hidden := holds("/proc/"+strconv.Itoa(pid)+"/fd/", a.Sockets)
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

// hides notes a process whose descriptors its own user can see. Those of a program
// have one user as a rule; of several it is the first. One that has changed its user
// without an exec (nginx's workers) belongs to root here, and shows nothing to anybody.
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

// process is what the search knows of one.
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

// rootOf is the nearest root above pid, or pid itself; 0: none.
func rootOf(pid int, all map[int]process, root func(int) bool) int {
	for range 1000 { // a walk is no snapshot: it may have a circle
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
