package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// watchAll watches everything that s is interested in.
func (w *Watcher) watchAll(s *subject) error {
	var failed [2]error
	for c, path := range s.paths {
		if path != "" {
			failed[c] = w.lookUp(s, Change(c))
		}
	}
	return errors.Join(failed[:]...)
}

// lookUp watches the way to one path of s, and the tree at its end. Directories that were
// only on the old way are not watched any more.
func (w *Watcher) lookUp(s *subject, c Change) error {
	s.turn[c]++
	end, err := w.way(s, c)
	if c == Files && end != "" {
		_, treeErr := w.tree(s, end)
		err = errors.Join(err, treeErr)
	}
	w.drop(func(i interest) bool { return i.subject == s && i.change == c && i.turn != s.turn[c] })
	return err
}

// longestWay is how many links the kernel follows (path_resolution(7)).
const longestWay = 40

// way watches each directory on the way to a path, and of each link on it, for
// the one name that is next. It returns the path without links; "": there is
// none yet.
func (w *Watcher) way(s *subject, c Change) (end string, err error) {
	dir, rest := "/", names(s.paths[c])
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			dir = filepath.Dir(dir) // which is no link
			continue
		}
		mask := uint32(onTheWay)
		if c == Binary && len(rest) == 0 {
			mask |= ofBinary
		}
		// The watch is set before we look, so that a later change is an event.
		err := w.watch(dir, mask, interest{subject: s, change: c, turn: s.turn[c], name: name})
		if err != nil && (!errors.Is(err, fs.ErrPermission) || len(rest) == 0) {
			return "", cannotWatch(dir, err)
		}
		next := filepath.Join(dir, name)
		target, err := os.Readlink(next)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
			return "", nil
		case err != nil: // no link
			dir = next
			continue
		}
		if links++; links > longestWay {
			return "", cannotWatch(s.paths[c], unix.ELOOP)
		}
		if filepath.IsAbs(target) {
			dir = "/"
		}
		rest = append(names(target), rest...)
	}
	return dir, nil
}

// names splits a path.
func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// tree watches a directory with everything below it, and says whether files that
// count are there: of a new directory they may have come before the watch.
func (w *Watcher) tree(s *subject, root string) (found bool, err error) {
	info, err := os.Lstat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it went away meanwhile, and that is an event of its own
		return false, nil
	case err != nil:
		return false, cannotWatch(root, errnoOf(err))
	case !info.IsDir():
		return s.counts(info.Name()), nil
	}
	var failed []error
	found, _ = w.below(s, root, &failed)
	return found, errors.Join(failed...)
}

// below is tree for what is a directory. It says whether to go on: when there are no more
// watches, the rest of a tree would fail in the same way.
func (w *Watcher) below(s *subject, dir string, failed *[]error) (found, goOn bool) {
	err := w.watch(dir, ofTree, interest{subject: s, change: Files, turn: s.turn[Files]})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		*failed = append(*failed, cannotWatch(dir, err))
		if errors.Is(err, unix.ENOSPC) {
			return false, false
		}
	}
	entries, err := list(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		*failed = append(*failed, cannotWatch(dir, errnoOf(err)))
	}
	var dirs []string
	for _, e := range entries {
		switch {
		case !e.IsDir():
			found = found || s.counts(e.Name())
		case !s.everyName() || !ownAffair(e.Name()):
			dirs = append(dirs, e.Name())
		}
	}
	slices.Sort(dirs) // which of them are watched, where not all can be, is the same each time
	for _, name := range dirs {
		more, goOn := w.below(s, filepath.Join(dir, name), failed)
		found = found || more
		if !goOn {
			return found, false
		}
	}
	return found, true
}

// list lists a directory, in its own order: what kind an entry is, is known without a
// look at each.
func list(dir string) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.ReadDir(-1)
}

// counts says whether a file of this name is of the pattern.
func (s *subject) counts(name string) bool {
	if s.everyName() {
		return !ownAffair(name)
	}
	ok, _ := filepath.Match(s.config.Pattern, name) // config has checked it
	return ok
}

func (s *subject) everyName() bool { return s.config.Pattern == "" || s.config.Pattern == "*" }

// ownAffair says whether a file or directory of this name is one that programs
// and editors make for themselves: hidden, a backup, compiled Python, a log and
// the rotated ones, a pidfile, a lock, a socket.
func ownAffair(name string) bool {
	if name == "__pycache__" || name[0] == '.' || strings.HasSuffix(name, "~") || strings.Contains(name, ".log.") {
		return true
	}
	switch filepath.Ext(name) {
	case ".log", ".pid", ".lock", ".sock", ".socket", ".pyc", ".swp":
		return true
	}
	return false
}

// errnoOf is the cause in an error of package os.
func errnoOf(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
