package logs

import (
	"errors"
	"math"
	"strconv"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/safefile"
)

// limited is the size that the file may have, which is without end for one that
// is not rotated.
func (f *file) limited() int64 {
	if m := f.maxBytes.Load(); m > 0 && f.regular {
		return m
	}
	return math.MaxInt64
}

// room is how much the file takes until it is rotated.
func (f *file) room() int64 { return max(0, f.limited()-f.size) }

// separate comes before t writes: a line of another that is still unfinished
// ends here, since lines of two programs never mix.
func (f *file) separate(t *fileTarget) {
	if f.open != nil && f.open != t {
		f.append([]byte{'\n'})
		f.open = nil
	}
}

// rotateFull rotates a file that has reached its size, as soon as supervisord does.
func (f *file) rotateFull() {
	if f.room() == 0 {
		f.rotate()
	}
}

// rotate renames path.N-1 to path.N and so on, path to path.1, and begins path
// anew; without backups the file is emptied. When that fails the old file goes
// on growing, and it is tried again after as many bytes more: no byte is lost.
func (f *file) rotate() {
	f.disk.Enter()
	defer f.disk.Leave()
	var st unix.Stat_t
	if unix.Fstat(f.fd, &st) == nil && st.Size < f.size {
		f.size = st.Size // someone has cut it: logrotate's copytruncate
		return
	}
	f.size = 0
	n := int(f.backups.Load())
	if n == 0 {
		f.empty()
		return
	}
	if err := f.shift(n); err != nil {
		f.complain((&Error{"rotate log file", f.path, err}).Error())
		return
	}
	if err := f.attach(); err != nil {
		f.complain(err.Error() + "; " + strconv.Quote(Backup(f.path, 1)) + " is still written")
		return
	}
	f.open, f.torn = nil, false
}

// shift gives path and its backups, of which n are kept, the next number.
func (f *file) shift(n int) error {
	dir, name, err := safefile.Parent(f.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	for ; n > 1; n-- {
		_ = dir.Rename(Backup(name, n-1), Backup(name, n)) // mostly it does not exist
	}
	if err := dir.Rename(name, Backup(name, 1)); !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}

// Backup is the path, or the name, of the nth backup of a file: the first one is the newest.
func Backup(file string, n int) string { return file + "." + strconv.Itoa(n) }

// empty cuts the file to nothing.
func (f *file) empty() {
	if err := unix.Ftruncate(f.fd, 0); err != nil {
		f.log((&Error{"empty log file", f.path, err}).Error())
		return
	}
	f.size, f.open, f.torn = 0, nil, false
}
