package owner

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Holder is the process that has an address.
type Holder struct {
	PID     int      // 0: it was not found
	Name    string   // of the process
	Left    bool     // no process has it: the file of a socket was left over
	Sockets []string // the sockets that listen there
}

// Find looks for the process that listens on an address, in the network of this
// container and among the processes that can be seen, until the deadline.
func Find(a Address, deadline time.Time) (h Holder) {
	if h.Sockets = Listening(a); len(h.Sockets) == 0 {
		h.Left = a.Path != "" && readable("/proc/net/unix")
		return h
	}
	proc, err := os.Open("/proc")
	if err != nil {
		return h
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' || time.Now().After(deadline) {
			continue
		}
		if yes, _ := holds(name, h.Sockets); !yes {
			continue
		}
		// Of a master and its workers, which all have it, the master comes first.
		h.PID, _ = strconv.Atoi(name)
		h.Name = nameOf(name)
		return h
	}
	return h
}

func nameOf(pid string) string {
	comm, _ := os.ReadFile("/proc/" + pid + "/comm")
	return strings.TrimSpace(string(comm))
}

func readable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// holds says whether a process has one of some sockets, or that its descriptors cannot be
// seen. One that is ending shows them to nobody, not even to its own user, and will never
// serve anybody: it holds nothing.
func holds(pid string, sockets []string) (yes, hidden bool) {
	yes, hidden = shows("/proc/"+pid+"/fd/", sockets)
	return yes, hidden && !ending(pid)
}

// ending says whether a process has gone, or has no memory any more, which the kernel takes
// first. Everybody can read how much that is (proc(5), statm), without its lock.
func ending(pid string) bool {
	size, err := os.ReadFile("/proc/" + pid + "/statm")
	return err == nil && strings.HasPrefix(string(size), "0 ") || err != nil && !os.IsPermission(err)
}

// shows says whether one of the links in a directory leads to one of the sockets, or that
// the links cannot be read.
func shows(dir string, sockets []string) (yes, hidden bool) {
	f, err := os.Open(dir)
	if err != nil {
		return false, os.IsPermission(err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return false, os.IsPermission(err)
	}
	for _, name := range names {
		link, err := os.Readlink(dir + name)
		hidden = hidden || os.IsPermission(err)
		for _, socket := range sockets {
			if link == socket && err == nil {
				return true, false
			}
		}
	}
	return false, hidden
}
