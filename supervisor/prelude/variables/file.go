package variables

import (
	"errors"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/safefile"
)

// Why a file cannot be the value of a variable.
var (
	errTooLarge   = errors.New("it is too large: a variable holds 128 KB with its name")
	errBinary     = errors.New("it is binary (it has a NUL byte), and a variable holds text")
	errDirectory  = errors.New("it is a directory")
	errNotRegular = errors.New("it is not a regular file")
)

// ReadFile reads a regular file of at most limit bytes, through no link that a user of the
// container could have made. It may wait for a file system.
func ReadFile(path string, limit int) ([]byte, error) {
	fd, err := safefile.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	switch kind := st.Mode & unix.S_IFMT; {
	case kind == unix.S_IFDIR:
		return nil, errDirectory
	case kind != unix.S_IFREG:
		return nil, errNotRegular
	case st.Size > int64(limit):
		return nil, errTooLarge
	}
	data := make([]byte, 0, min(limit+1, max(int(st.Size)+1, 512)))
	for {
		n, err := unix.Read(fd, data[len(data):cap(data)])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, err
		case n == 0:
			return data, nil
		}
		if data = data[:len(data)+n]; len(data) > limit {
			return nil, errTooLarge
		}
		if len(data) == cap(data) { // it grows, or its size is not told
			data = append(data, 0)[:len(data)]
		}
	}
}
