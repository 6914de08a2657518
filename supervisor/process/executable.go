package process

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Executable returns the absolute path of our own executable, "" where it cannot be
// known: what /proc says or, where that is not mounted, the name that execve(2) was
// called with. That one may be relative to the working directory that we were started
// in, so this is for callers who have not left it.
func Executable() string {
	if file, err := os.Readlink("/proc/self/exe"); err == nil {
		return file
	}
	return resolved(executedAs())
}

// resolved is a path as /proc/self/exe would have it: absolute, and without links, for
// the files beside it lie where the executable itself is.
func resolved(file string) string {
	if file == "" {
		return ""
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		return target
	}
	return file
}

// executedAs returns the name that execve(2) was called with (AT_EXECFN of
// getauxval(3)), "" when the kernel has not passed it. Whoever called it chooses
// argv[0], and an emulator may replace that; this name is always a path.
func executedAs() string {
	const nameKey = 31 // AT_EXECFN
	vector, err := unix.Auxv()
	if err != nil {
		return ""
	}
	for _, entry := range vector {
		if entry[0] == nameKey && entry[1] != 0 {
			return unix.BytePtrToString((*byte)(pointer(entry[1])))
		}
	}
	return ""
}
