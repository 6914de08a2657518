package tree

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Report counts what has happened on a walk. It may be read meanwhile.
type Report struct {
	seen, changed, bits atomic.Int64

	mu       sync.Mutex
	made     bool
	names    int    // files that were left alone because they have another name
	named    string // the first of them
	failures int
	err      error // the first failure
	path     string
}

// Progress says in words how far it is.
func (r *Report) Progress() string {
	return strconv.FormatInt(r.seen.Load(), 10) + " entries, " + strconv.FormatInt(r.changed.Load(), 10) + " changed"
}

// linked notes a file that is left alone because it has another name.
func (r *Report) linked(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names++; r.names == 1 {
		r.named = path
	}
}

// failed notes what could not be done. What is gone by now is none of our business.
func (r *Report) failed(verb, path string, err error) {
	if err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ELOOP {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures++; r.failures == 1 {
		r.err = errors.New("cannot " + verb + " " + strconv.Quote(path) + ": " + err.Error() + reason(err))
		r.path = path
	}
}

// reason says what is behind an error, as far as one can know.
func reason(err error) string {
	switch {
	case err == unix.EROFS:
		return " (leave it out of own, or mount it so that it can be written)"
	case err == unix.EINVAL:
		return " (the user namespace of the container may have no such number)"
	case err != unix.EPERM && err != unix.EACCES:
		return ""
	case os.Geteuid() != 0:
		return " (we run as " + strconv.Itoa(os.Geteuid()) + ", and only root can do that: start the container as root, or give the volume to the user outside)"
	case err == unix.EACCES:
		return " (root needs CAP_DAC_OVERRIDE for that, or a server of NFS squashes root)"
	}
	return " (root needs CAP_CHOWN for that; or the file is immutable, or a server of NFS squashes root)"
}

// Notes says in words what somebody may want to know.
func (r *Report) Notes(o *Order) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made {
		lines = append(lines, "made "+o.Path+" for "+o.Name)
	}
	if n := r.changed.Load(); n > 0 && !(r.made && n == 1) {
		lines = append(lines, o.Path+": gave "+strconv.FormatInt(n, 10)+" of "+strconv.FormatInt(r.seen.Load(), 10)+" entries to "+o.Name)
	}
	if n := r.bits.Load(); n > 0 {
		lines = append(lines, o.Path+": "+strconv.FormatInt(n, 10)+" of them have lost their set-user-ID or set-group-ID bit by that")
	}
	if r.names > 0 {
		lines = append(lines, o.Path+": left "+strconv.Itoa(r.names)+" files alone that have more than one name (hard links), because another name may be outside: the first is "+strconv.Quote(r.named))
	}
	return lines
}

// Err is what could not be done; nil: everything was.
func (r *Report) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures > 1 {
		return errors.New(r.err.Error() + "; and " + strconv.Itoa(r.failures-1) + " more")
	}
	return r.err
}
