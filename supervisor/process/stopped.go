package process

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/namespace"
)

// Stopped says whether a child is stopped by a signal such as SIGSTOP. It leaves all
// that there is to wait for to Reap.
func (t *Table) Stopped(pid int) bool {
	var info unix.Siginfo // all zero where there is nothing to tell
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == int32(unix.SIGCHLD)
}

// Ignorant says whether a process is known to have no handler for a signal (proc(5),
// SigCgt).
func Ignorant(pid int, sig syscall.Signal) bool {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	_, rest, _ := bytes.Cut(text, []byte("\nSigCgt:\t"))
	mask, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseUint(string(mask), 16, 64)
	return err == nil && namespace.Visible() && n&(1<<(sig-1)) == 0
}
