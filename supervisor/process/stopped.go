package process

import "golang.org/x/sys/unix"

// Stopped says whether a child is stopped by a signal such as SIGSTOP. It leaves all
// that there is to wait for to Reap.
func (t *Table) Stopped(pid int) bool {
	var info unix.Siginfo // all zero where there is nothing to tell
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == int32(unix.SIGCHLD)
}
