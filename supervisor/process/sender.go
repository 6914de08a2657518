package process

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/namespace"
	"entrypoint/supervisor/process/signals"
)

// FromInside says whether the last signal of this number came from inside: from a
// process of ours, or one that runs beside them in the container, and not from who
// runs the container. pid is the sender's; 0: nobody inside.
//
// As PID 1 everybody whom the kernel can name to us is inside: a sender in another PID
// namespace has the number 0. Otherwise it is who descends from us. A sender that has
// ended meanwhile, such as kill(1) in a script, cannot be told apart; it is taken for
// one inside, as who runs a container has other means to end it. Where os/signal records
// signals (package signals) every sender is outside.
func (t *Table) FromInside(sig syscall.Signal) (pid int, inside bool) {
	pid = signals.Sender(sig)
	switch {
	case pid <= 0 || pid == os.Getppid():
		return 0, false
	case t.isInit:
		return pid, true
	}
	group, err := syscall.Getpgid(pid)
	return pid, err != nil || isChild(pid) || isChild(group) || descends(pid)
}

// isChild says whether a process is our child, which needs no /proc.
func isChild(pid int) bool {
	return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == nil
}

// descends says whether a process has us above it; no, where /proc is not mounted.
func descends(pid int) bool {
	if !namespace.Visible() {
		return false
	}
	for range 1000 { // the chain is no snapshot: it may have a circle
		parent, ok := parentOf(strconv.Itoa(pid))
		if !ok || parent == 0 {
			return false
		}
		if parent == os.Getpid() {
			return true
		}
		pid = parent
	}
	return false
}
