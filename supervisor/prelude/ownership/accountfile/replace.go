package accountfile

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config/account"
	"entrypoint/supervisor/safefile"
)

// Files are where the accounts are.
type Files struct{ Passwd, Group string }

// System are those of the machine.
func System() Files { return Files{"/etc/passwd", "/etc/group"} }

// limit is more than any passwd or group has, in bytes.
const limit = 16 << 20

// Read returns what is in the files; a file that is not there is empty.
func (f Files) Read() (passwd, group string, err error) {
	if passwd, err = read(f.Passwd); err == nil {
		group, err = read(f.Group)
	}
	return passwd, group, err
}

// ReadPasswd is Read for passwd alone.
func (f Files) ReadPasswd() (string, error) { return read(f.Passwd) }

func read(path string) (string, error) {
	text, err := safefile.Read(path, limit)
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return "", errors.New("cannot read " + path + ": " + err.Error())
	}
	return string(text), nil
}

// Remap gives a user the numbers of r, and says whether anything had to be written. With
// an error the files are as they were.
func (f Files) Remap(r *account.Remap) (changed bool, err error) {
	passwd, group, err := f.Read()
	if err != nil {
		return false, err
	}
	newPasswd, newGroup := r.Apply(passwd, group)
	var g, p *replacement
	if newGroup != group {
		if g, err = prepare(f.Group, newGroup); err != nil {
			return false, err
		}
		defer g.close()
	}
	if newPasswd != passwd {
		if p, err = prepare(f.Passwd, newPasswd); err != nil {
			return false, err
		}
		defer p.close()
	}
	if g != nil {
		if err := g.commit(); err != nil {
			return false, err
		}
	}
	if p != nil {
		if err := p.commit(); err != nil {
			if g != nil { // as it was
				if back, again := prepare(f.Group, group); again == nil {
					_ = back.commit()
					back.close()
				}
			}
			return false, err
		}
	}
	return g != nil || p != nil, nil
}

// replacement is a file that is to take the place of another one.
type replacement struct {
	path, name, temporary string
	dir                   *safefile.Dir
}

// prepare writes the new file beside the old one.
func prepare(path, text string) (r *replacement, err error) {
	r = &replacement{path: path}
	if r.dir, r.name, err = safefile.Parent(path); err != nil {
		return nil, r.failed(err)
	}
	old, err := r.dir.Lstat(r.name)
	switch {
	case err != nil:
	case old.Mode&unix.S_IFMT != unix.S_IFREG:
		err = errors.New("it is not a regular file")
	case old.Nlink > 1:
		err = errors.New("it has another name (a hard link)")
	}
	if err != nil {
		r.close()
		return nil, r.failed(err)
	}
	r.sweep()
	fd, temporary, err := r.dir.Create(r.prefix(), "", 0o600)
	if err != nil {
		r.close()
		return nil, r.failed(err)
	}
	r.temporary = temporary
	if err = write(fd, text, &old); err != nil {
		r.close()
		return nil, r.failed(err)
	}
	return r, nil
}

// write gives the new file its text, and the owner and mode of the old one.
func write(fd int, text string, old *unix.Stat_t) error {
	f := os.NewFile(uintptr(fd), "")
	_, err := f.WriteString(text)
	return errors.Join(err, f.Chown(int(old.Uid), int(old.Gid)), unix.Fchmod(fd, old.Mode&0o7777), f.Sync(), f.Close())
}

// prefix begins the name of the file until it is whole.
func (r *replacement) prefix() string { return "." + r.name + ".entry-point-" }

// sweep removes what a start that was killed has left.
func (r *replacement) sweep() {
	names, _ := r.dir.Names()
	for _, name := range names {
		if number, is := strings.CutPrefix(name, r.prefix()); is {
			if _, err := strconv.ParseUint(number, 10, 32); err == nil {
				_ = r.dir.Remove(name)
			}
		}
	}
}

func (r *replacement) commit() error {
	if err := r.dir.Rename(r.temporary, r.name); err != nil {
		return r.failed(err)
	}
	r.temporary = ""
	return nil
}

func (r *replacement) close() {
	if r.temporary != "" {
		_ = r.dir.Remove(r.temporary)
	}
	if r.dir != nil {
		r.dir.Close()
		r.dir = nil
	}
}

func (r *replacement) failed(err error) error {
	return errors.New("cannot write " + r.path + ": " + err.Error())
}
