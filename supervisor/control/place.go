package control

import (
	"os"
	"strings"

	"entrypoint/supervisor/namespace"
	"entrypoint/supervisor/process/threadless"
)

// places are the paths where the control socket may be, the best one first: the one
// that somebody has asked for, or those that are writable in some container.
func places(asked string) []string {
	if asked != "" {
		return []string{asked}
	}
	return strings.Split(threadless.Places, "\x00")
}

// abstractPrefix begins the names of abstract sockets (unix(7)), where no path can
// be had. All containers of a network namespace see them, so the mount namespace
// stands in the name for clients not to try those of neighbours; that it is really
// ours is for look and welcome to say. The rest of the name is random, since a
// neighbour could take a name that it knows.
func abstractPrefix() string { return "@entry-point/" + namespace.Mount() + "/" }

// abstractNames are the abstract sockets of our container that somebody listens on.
func abstractNames() (names []string) {
	// Num RefCount Protocol Flags Type St Inode Path
	list, _ := os.ReadFile("/proc/net/unix")
	for _, line := range strings.Split(string(list), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 8 && fields[3] == listens && strings.HasPrefix(fields[7], abstractPrefix()) {
			names = append(names, fields[7])
		}
	}
	return names
}

// listens is the flags of a listening socket in /proc/net/unix (__SO_ACCEPTCON).
const listens = "00010000"
