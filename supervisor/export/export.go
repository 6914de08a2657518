// Package export is how a hook or a script hands variables to what runs after it: it
// writes lines of NAME=VALUE to descriptor 3, which is a file in our memory that nobody
// else knows of. The file has no reader whom a writer could wait for. What is written to it
// is read once, when the process has ended. Who opens it again by the name /dev/fd/3 empties
// it, as any other file; a shell that writes >&3 does not.
//
// A name is what a shell takes for one: letters, digits and underscores, no digit first. A
// value ends at the end of its line. Lines that are empty count for nothing, and of a line
// that is something else only its number is told, for it may be a secret.
package export

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/shortage"
)

// FD is the descriptor that is written to.
const FD = 3

// Limit is how many bytes may be written to it.
const Limit = 64 << 10

// New makes the file. It is not inherited by a process that is not given it.
func New() (*os.File, error) {
	f, err := Memory("variables")
	if err != nil {
		return nil, errors.New("cannot make a file in memory for descriptor 3: " + err.Error())
	}
	return f, nil
}

// Memory makes a file in memory that nobody else knows of, and that no process inherits which
// is not given it.
func Memory(name string) (*os.File, error) {
	fd := -1
	err := shortage.Insist(func() (err error) {
		// Where it is forbidden to make such files executable, only the flag that says so
		// makes one; an old kernel does not know it.
		if fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL); errors.Is(err, unix.EINVAL) {
			fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Read reads what a process has written, as NAME=VALUE, in order. bad says which lines were
// something else; "": none. The error is for who has written too much.
func Read(f *os.File) (variables []string, bad string, err error) {
	data, err := All(f, Limit)
	if err != nil {
		return nil, "", err
	}
	number, others := 0, 0
	for _, line := range strings.Split(data, "\n") {
		number++
		name, value, found := strings.Cut(line, "=")
		switch {
		case line == "":
		case !found || !IsName(name) || strings.IndexByte(value, 0) >= 0:
			if others++; others == 1 {
				bad = "line " + strconv.Itoa(number)
			}
		default:
			variables = append(variables, line)
		}
	}
	switch {
	case others == 1:
		bad += " of what it has written to descriptor 3 is not NAME=VALUE"
	case others > 1:
		bad += " and " + strconv.Itoa(others-1) + " more of what it has written to descriptor 3 are not NAME=VALUE"
	}
	return variables, bad, nil
}

// All is all that has been written to the file, if it is not more than a limit.
func All(f *os.File, limit int) (data string, err error) {
	buf := make([]byte, 0, 4096)
	for len(buf) <= limit {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := unix.Pread(int(f.Fd()), buf[len(buf):cap(buf)], int64(len(buf)))
		if n <= 0 || err != nil {
			return string(buf), err
		}
		buf = buf[:len(buf)+n]
	}
	return "", errors.New("it has written more than " + strconv.Itoa(limit>>10) + " kB to descriptor 3, so none of these variables is set")
}

// IsName says whether a shell takes a word for the name of a variable.
func IsName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
