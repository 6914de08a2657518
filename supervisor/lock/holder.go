package lock

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxLocks is how much of /proc/locks is read, in bytes: some ten thousand locks.
const maxLocks = 1 << 20

// Holder names who holds the lock on f, for people.
func Holder(f *os.File) string {
	const stranger = "a process outside of this container"
	info, err := f.Stat()
	if err != nil {
		return stranger
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stranger
	}
	table, err := os.Open("/proc/locks")
	if err != nil {
		return "another process"
	}
	defer table.Close()
	text, err := io.ReadAll(io.LimitReader(table, maxLocks))
	if err != nil {
		return "another process"
	}
	pid := holder(string(text), unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev)), st.Ino)
	if pid == 0 {
		return stranger
	}
	who := "process " + strconv.Itoa(pid)
	if name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); err == nil {
		who += " (" + string(bytes.TrimSpace(name)) + ")"
	}
	return who
}

// holder finds in the text of /proc/locks (proc(5)) the process that has a lock of
// flock(2) on a file; 0: nobody in this PID namespace. The device there may be that
// of a layer below the one that stat(2) names (overlayfs, btrfs), so that the file's
// number alone counts if there is no line with both.
func holder(text string, major, minor uint32, inode uint64) (pid int) {
	number := strconv.FormatUint(inode, 10)
	device := hex2(major) + ":" + hex2(minor) + ":" + number
	for _, line := range strings.Split(text, "\n") {
		// 1: FLOCK  ADVISORY  WRITE 708 08:01:13 0 EOF; one that waits has "->" behind the number.
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" {
			continue
		}
		_, _, ok := strings.Cut(fields[5], ":")
		owner, err := strconv.Atoi(fields[4])
		if !ok || err != nil || owner <= 0 {
			continue
		}
		if fields[5] == device {
			return owner
		}
		if strings.HasSuffix(fields[5], ":"+number) {
			pid = owner
		}
	}
	return pid
}

// hex2 is n in at least two hexadecimal digits.
func hex2(n uint32) string {
	s := strconv.FormatUint(uint64(n), 16)
	if len(s) < 2 {
		s = "0" + s
	}
	return s
}
