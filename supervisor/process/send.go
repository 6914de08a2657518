package process

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// send is kill(2), also of what runs as another user where root has no CAP_KILL (docker run
// --cap-drop ALL --cap-add SETUID --cap-add SETGID). A command that replaces an init by exec,
// as gosu does, gets its signals from outside; ours gets them from us, so we have to be able
// to send them. Its own user may: the calling thread becomes him for a moment.
func send(to int, sig syscall.Signal) error {
	err := syscall.Kill(to, sig)
	if err != syscall.EPERM || os.Geteuid() != 0 {
		return err
	}
	uid, known := realUser(max(to, -to))
	if !known || uid == 0 {
		return err
	}
	return sendAs(uid, to, sig)
}

// sendAs sends a signal as another user. The saved user stays root, which is how the thread
// comes back without a capability. Other threads do not change (setresuid(2) of the kernel
// is about a thread). The kernel takes a process that has been another user for one whose
// memory is a secret, even to root, and that is undone.
func sendAs(uid, to int, sig syscall.Signal) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const same = ^uintptr(0)
	dumpable, _, unknown := syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_GET_DUMPABLE, 0, 0)
	if _, _, errno := syscall.RawSyscall(sysSetresuid, same, uintptr(uid), same); errno != 0 {
		return syscall.EPERM
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_KILL, uintptr(to), uintptr(sig), 0)
	_, _, stuck := syscall.RawSyscall(sysSetresuid, same, 0, same)
	if stuck != 0 {
		panic("cannot become root again: " + stuck.Error())
	}
	if unknown == 0 {
		_, _, _ = syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, dumpable, 0)
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// realUser is the user of a process, as /proc says.
func realUser(pid int) (uid int, known bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	_, rest, _ := strings.Cut(string(text), "\nUid:\t")
	number, _, _ := strings.Cut(rest, "\t")
	uid, err = strconv.Atoi(number)
	return uid, err == nil
}
