package control

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config/directory"
)

// permit is what a client from outside of the container shows. It is the name of a
// file in memory that the server holds open, so it can be read in /proc/PID/fd by
// those who see the server there and may trace it (ptrace(2)): the host's root, and
// never a neighbour.
type permit struct {
	file int
	word string
}

const permitName = "entry-point:"

// newPermit returns nil where the system has no such file.
func newPermit() *permit {
	word := random()
	// Without one of the two flags for execution, new kernels complain, and some
	// refuse; older ones do not know them.
	fd, err := unix.MemfdCreate(permitName+word, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate(permitName+word, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil
	}
	return &permit{fd, word}
}

func (p *permit) close() {
	if p != nil {
		unix.Close(p.file)
	}
}

// permitLine is what stands before the first request.
func permitLine(word string) string { return `{"enter":"` + word + `"}` + "\n" }

// enter shows the permit of a server in a PID namespace below ours.
func enter(fd, pid int) error {
	word := permitOf(pid)
	if word == "" {
		return ErrForeign
	}
	_, err := unix.SendmsgN(fd, []byte(permitLine(word)), nil, nil, unix.MSG_NOSIGNAL)
	return err
}

// permitOf returns the permit of a server; "": it has none, or we may not see it.
func permitOf(pid int) string {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	files, _ := directory.Names(dir)
	for _, file := range files {
		to, _ := os.Readlink(dir + "/" + file)
		if word, ok := strings.CutPrefix(to, "/memfd:"+permitName); ok {
			word, _, _ = strings.Cut(word, " ")
			return word
		}
	}
	return ""
}

// enter says whether the first line of a client from outside is the permit.
func (c *conn) enter() bool {
	defer c.server.outside.Add(-1)
	c.readUntil(time.Now().Add(min(c.server.patience, 5*time.Second)))
	line, err := c.line()
	ok := err == nil && string(line) == permitLine(c.server.permit.word)
	c.readUntil(time.Time{})
	return ok
}

// random returns letters that nobody can guess: the runtime's generator is ChaCha8
// with a seed of the kernel's.
func random() string {
	return strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
}
