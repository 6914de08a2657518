package process

import (
	"math"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
)

// firstInherited is the first descriptor that is none of the three standard ones.
const firstInherited = 3

// maxUnlisted is up to which descriptor we look for those that we were started
// with where there is no /proc to list them.
const maxUnlisted = 1 << 16

// KeepInherited marks the descriptors that we were started with as
// close-on-exec, all but the three standard ones, so that no process of ours gets
// one by accident: a file that root has opened for us would be readable for a
// program that runs as nobody. They stay open here, because a script that executes
// us may have locked one of them for as long as we run. It returns their numbers
// in ascending order, for Spec.Inherited.
//
// What we open ourselves is close-on-exec anyway, and execve has closed all that
// was when we were started. So the descriptors without the mark are those that we
// were started with.
func KeepInherited() []int {
	list := unmarked()
	// One call marks even those that the list has missed.
	if unix.CloseRange(firstInherited, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC) != nil {
		for _, fd := range list { // a kernel before 5.11, or a filter of system calls
			unix.CloseOnExec(fd)
		}
	}
	return list
}

// unmarked are our descriptors from firstInherited on that are not close-on-exec.
func unmarked() (list []int) {
	add := func(fd int) {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && fd >= firstInherited && flags&unix.FD_CLOEXEC == 0 {
			list = append(list, fd)
		}
	}
	open, err := openDescriptors()
	if err == nil {
		for _, fd := range open {
			add(fd)
		}
		slices.Sort(list)
		return list
	}
	limit := maxUnlisted
	if soft := entry.NoFile().Soft; soft > 0 && soft < maxUnlisted {
		limit = int(soft)
	}
	for fd := firstInherited; fd < limit; fd++ {
		add(fd)
	}
	return list
}

// openDescriptors lists /proc/self/fd, by the system calls themselves: the first
// file that package os opens costs a start another five.
func openDescriptors() (list []int, err error) {
	dir, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	for buf := make([]byte, 4096); ; {
		n, err := unix.ReadDirent(dir, buf)
		if err != nil || n <= 0 {
			return list, err
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if fd, err := strconv.Atoi(name); err == nil && fd != dir {
				list = append(list, fd)
			}
		}
	}
}

// HandedSockets is how many listening sockets we were handed, from descriptor 3
// on (sd_listen_fds(3)), and their names joined by colons. It is 0 if an
// announcement in our environment was meant for another process.
func HandedSockets() (n int, names string) {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(syscall.Getpid()) {
		return 0, ""
	}
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n < 1 || n > maxUnlisted {
		return 0, ""
	}
	return n, os.Getenv("LISTEN_FDNAMES")
}

// DropHandedSockets takes the announcement of sockets that were handed to us out
// of our environment: programs get none of them, and not all look whose process id
// stands beside it.
func DropHandedSockets() {
	for _, name := range [...]string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name)
	}
}
