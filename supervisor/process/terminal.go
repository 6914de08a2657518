package process

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ForegroundTerminal returns f when it is our controlling terminal and our
// process group is the one in its foreground, so that it is ours to hand over;
// else nil.
func ForegroundTerminal(f *os.File) *os.File {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	if err != nil || group != syscall.Getpgrp() {
		return nil
	}
	return f
}

// GiveTerminal makes group the foreground process group of the terminal. We may
// be in the background at that moment, where the kernel answers this very ioctl
// with SIGTTOU, unless the calling thread blocks it (tty_ioctl(4), TIOCSPGRP).
func GiveTerminal(terminal *os.File, group int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var set, old unix.Sigset_t
	set.Val[0] = 1 << (uint(syscall.SIGTTOU) - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, &old); err != nil {
		return err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil) //nolint:errcheck // cannot fail with a mask the kernel gave
	return unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPGRP, group)
}
