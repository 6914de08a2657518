package namespace

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config/directory"
)

// Place is where a process is, seen from this one.
type Place int

const (
	Unknown   Place = iota // /proc is not there, is another PID namespace's, or hides the process
	Here                   // in our container
	Below                  // in a PID namespace below ours: we are the host, or hold containers ourselves
	Elsewhere              // in another container, or gone
)

// Of says where a process is. The pid is as our PID namespace has it; 0 is what the
// kernel says of a process that cannot be seen from there.
func Of(pid int) Place {
	switch {
	case pid <= 0:
		return Elsewhere
	case pid == os.Getpid():
		return Here
	case !Visible():
		return Unknown
	}
	_, depth, err := status(pid)
	switch {
	case err == 0 && depth == 0:
		return Elsewhere // a zombie: it has no namespaces any more
	case err != 0:
		return unseen(pid)
	case depth > 1:
		return Below
	}
	same, err := sameMounts(pid)
	switch {
	case same:
		return Here
	case err != 0:
		return unseen(pid)
	}
	return Elsewhere
}

// unseen tells a process that is hidden (hidepid, see proc(5)) from one that is gone.
func unseen(pid int) Place {
	if unix.Kill(pid, 0) == unix.ESRCH {
		return Elsewhere
	}
	return Unknown
}

// Visible says whether /proc is that of our own PID namespace. Of another one (as
// after unshare --pid without --mount-proc) it has other processes' pids.
func Visible() bool {
	self, err := readLink("/proc/self")
	return err == 0 && self == strconv.Itoa(os.Getpid())
}

// Mount identifies our mount namespace; "": /proc does not say.
func Mount() string {
	link, _ := readLink("/proc/self/ns/mnt") // mnt:[4026531841]
	return strings.Trim(strings.TrimPrefix(link, "mnt:"), "[]")
}

// Parent returns the pid of a process's parent; 0: it has none in our PID namespace,
// -1: /proc does not say.
func Parent(pid int) int {
	parent, _, err := status(pid)
	if err != 0 {
		return -1
	}
	return parent
}

// First returns the first process of our container: process 1 if that is in it, else
// the one that was started before all others; 0: /proc does not say.
func First() (first int) {
	if !Visible() {
		return 0
	}
	if Of(1) == Here {
		return 1
	}
	names, _ := directory.Names("/proc")
	earliest := uint64(0)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || Of(pid) != Here {
			continue
		}
		if at, ok := started(pid); ok && (first == 0 || at < earliest) {
			first, earliest = pid, at
		}
	}
	return first
}

// started returns when a process was started, in ticks since the system was.
func started(pid int) (ticks uint64, ok bool) {
	text, _ := readFile(of(pid, "stat"))
	// Behind the name, which may hold anything, is field 3 (proc(5)); the 22nd is it.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 {
		return 0, false
	}
	ticks, err := strconv.ParseUint(fields[19], 10, 64)
	return ticks, err == nil
}

// Entered says whether we were started by somebody who came into the container from
// outside (docker exec), and not by its first process.
func Entered() bool {
	first := First()
	return first > 0 && first != os.Getpid() && !slices.Contains(Ancestors(), first)
}

// Ancestors returns our parent, its parent and so on.
func Ancestors() (pids []int) {
	for pid := Parent(os.Getpid()); pid > 0 && len(pids) < deepest; pid = Parent(pid) {
		pids = append(pids, pid)
	}
	return pids
}

// deepest is more parents than anybody has: between two looks at /proc, a pid may
// become another process's, so that a walk might go round in a circle.
const deepest = 1000

// status returns the parent of a process, and in how many PID namespaces, from that
// of /proc on, it has a pid: none if it is a zombie. Before Linux 4.1 that is not
// told, and one is assumed.
func status(pid int) (parent, depth int, err syscall.Errno) {
	text, err := readFile(of(pid, "status"))
	depth = 1
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case name == "State" && strings.HasPrefix(value, "Z"):
			return 0, 0, 0
		case name == "PPid":
			parent, _ = strconv.Atoi(value)
		case name == "NSpid":
			depth = len(strings.Fields(value))
		}
	}
	return parent, depth, err
}

// sameMounts says whether a process has our mount namespace. The error says that
// this cannot be seen.
func sameMounts(pid int) (bool, syscall.Errno) {
	ours, err := readLink("/proc/self/ns/mnt")
	if err == 0 {
		theirs, err := readLink(of(pid, "ns/mnt"))
		if err == 0 {
			return ours == theirs, 0
		}
	}
	own, err := readFile("/proc/self/mountinfo")
	if err != 0 {
		return false, err
	}
	other, err := readFile(of(pid, "mountinfo"))
	if err != 0 {
		return false, err
	}
	// One of them may have another root (chroot) and see less; the first mount of
	// the one that sees less is among those of the other one.
	return mounted(string(own), string(other)) || mounted(string(other), string(own)), 0
}

// mounted says whether the first mount of one mountinfo stands in another one.
func mounted(first, list string) bool {
	id, _, _ := strings.Cut(first, " ")
	return id != "" && strings.Contains("\n"+list, "\n"+id+" ")
}

func of(pid int, file string) string { return "/proc/" + strconv.Itoa(pid) + "/" + file }
