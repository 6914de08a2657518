package process

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/directory"
	"entrypoint/supervisor/namespace"
)

// tellHeads asks those to end that are left and whose parent has ended, which makes
// them our children. Those that have been told are left alone.
func (t *Table) tellHeads(group int, until time.Time) {
	heads := children()
	switch {
	case heads != nil:
	case t.isInit && t.told == nil:
		// Without /proc it cannot be seen who they are: all, once.
		t.told = map[int]bool{}
		_ = syscall.Kill(-1, syscall.SIGTERM)
		_ = syscall.Kill(-1, syscall.SIGCONT)
		return
	case !t.isInit:
		if group > 0 && t.told == nil {
			t.told = map[int]bool{}
			_ = syscall.Kill(-group, syscall.SIGTERM)
			_ = syscall.Kill(-group, syscall.SIGCONT)
		}
		t.probeChildren(until, func(pid int) { t.tell(pid) })
	}
	for _, pid := range heads {
		t.tell(pid)
	}
}

// probeChildren finds our children where there is no /proc: waitid(2) fails for the id
// of a process that is none. There are millions of ids, so the likely ones come first,
// those after the last that we have started, then those before; and time ends it. f gets
// each at once: the search takes long on a busy machine, and who got a signal ends meanwhile.
func (t *Table) probeChildren(until time.Time, f func(pid int)) {
	const ids, likely, look = 1 << 22, 1 << 12, 1 << 10 // the kernel's limit (PID_MAX_LIMIT)
	found := false
	for _, part := range [...][2]int{{t.newest + 1, t.newest + likely}, {2, t.newest}, {t.newest + likely + 1, ids}} {
		for pid := part[0]; pid <= part[1]; pid++ {
			if pid%look == 0 && (found && part[1] == ids || !time.Now().Before(until)) {
				return
			}
			if isChild(pid) {
				found = true
				f(pid)
			}
		}
	}
}

// signalLeft sends sig to everything that is left of what we started: as PID 1
// to every process of the namespace, else to all our descendants. group is a
// process group that is signalled even where /proc is not mounted; 0: none. Without
// /proc only children are found; until bounds how long they are looked for.
func (t *Table) signalLeft(group int, sig syscall.Signal, until time.Time) {
	if t.isInit {
		// kill(2): every process that may be signalled except PID 1 itself
		// and the caller, which are the same here.
		_ = syscall.Kill(-1, sig)
		return
	}
	// Not PID 1: kill(-1) would reach processes that are none of ours.
	if group > 0 {
		_ = syscall.Kill(-group, sig)
	}
	send := func(pid int) { _ = syscall.Kill(pid, sig) }
	found := descendants(os.Getpid())
	if found == nil {
		t.probeChildren(until, send)
	}
	for _, pid := range found {
		send(pid)
	}
}

// Heads returns our children by their process groups: the processes that we have started
// and those whose parent is gone, which the kernel has made our children. There are none
// where /proc is not mounted.
func (t *Table) Heads() map[int][]int {
	heads := map[int][]int{}
	for _, pid := range children() {
		if group, err := syscall.Getpgid(pid); err == nil {
			heads[group] = append(heads[group], pid)
		}
	}
	return heads
}

// children lists our own children.
func children() []int {
	if !namespace.Visible() {
		return nil
	}
	return Children(os.Getpid())
}

// Children are the ids of the children of a process. The kernel keeps a list for each of
// its threads.
func Children(pid int) (list []int) {
	tasks := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, err := directory.Names(tasks)
	if err != nil {
		return nil
	}
	for _, thread := range threads {
		text, err := os.ReadFile(tasks + thread + "/children")
		if errors.Is(err, os.ErrNotExist) {
			return family()[pid] // a kernel without CONFIG_PROC_CHILDREN, or the thread has ended
		}
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// descendants lists the processes below root by their parents in /proc; none
// when /proc is not mounted. As a subreaper we are an ancestor of everything
// that our children ever started.
func descendants(root int) []int {
	children := family()
	var found []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		found = append(found, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return found
}

// family is the children of every process.
func family() map[int][]int {
	if !namespace.Visible() {
		return nil
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if parent, ok := parentOf(name); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	return children
}

// parentOf reads field 4 of /proc/PID/stat. The command in field 2 may hold
// spaces and parentheses, so counting starts after the last ')' (proc(5)).
func parentOf(pid string) (int, bool) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, false // it has ended meanwhile
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 || fields[0][0] == 'Z' {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}
