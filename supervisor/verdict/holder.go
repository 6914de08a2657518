package verdict

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Owner is the process that has an address.
type Owner struct {
	PID  int    // 0: it was not found
	Name string // of the process
	Left bool   // nobody: the file of a socket was left over
}

// Holder looks for the process that listens on an address, in the network of this
// container and among the processes that can be seen, until the deadline.
func Holder(a Address, deadline time.Time) (o Owner) {
	inodes := listeners("/proc/net/", a)
	if len(inodes) == 0 {
		o.Left = a.Path != "" && readable("/proc/net/unix")
		return o
	}
	proc, err := os.Open("/proc")
	if err != nil {
		return o
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' || time.Now().After(deadline) {
			continue
		}
		if !holds("/proc/"+name+"/fd/", inodes, deadline) {
			continue
		}
		// Of a master and its workers, which all have it, the master comes first.
		o.PID, _ = strconv.Atoi(name)
		comm, _ := os.ReadFile("/proc/" + name + "/comm")
		o.Name = strings.TrimSpace(string(comm))
		return o
	}
	return o
}

func readable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// holds says whether one of the descriptors in dir is a socket of these.
func holds(dir string, inodes map[string]bool, deadline time.Time) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	for _, name := range names {
		if link, err := os.Readlink(dir + name); err == nil && inodes[link] {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
	return false
}

// listeners returns the sockets that listen on an address, as the links to them
// in /proc/PID/fd read.
func listeners(dir string, a Address) map[string]bool {
	inodes := map[string]bool{}
	each := func(file string, f func(fields []string)) {
		data, _ := os.ReadFile(dir + file)
		for line := range strings.Lines(string(data)) {
			f(strings.Fields(line))
		}
	}
	const listening = "0A" // TCP_LISTEN
	tcp := func(f []string) {
		if len(f) < 10 || f[3] != listening {
			return
		}
		_, port, _ := strings.Cut(f[1], ":")
		if n, err := strconv.ParseUint(port, 16, 16); err == nil && int(n) == a.Port {
			inodes["socket:["+f[9]+"]"] = true
		}
	}
	if a.Path != "" {
		each("unix", func(f []string) {
			const accepts = "00010000" // __SO_ACCEPTCON
			if len(f) == 8 && f[3] == accepts && f[7] == a.Path {
				inodes["socket:["+f[6]+"]"] = true
			}
		})
		return inodes
	}
	each("tcp", tcp)
	each("tcp6", tcp)
	return inodes
}
