package safefile

import (
	"path/filepath"
	"strconv"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"
)

// Refusal is the error for a file that is there and is not used, because somebody
// else may have put it there for us to use. Other errors are the kernel's.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

const (
	fixLink = "; configure the target itself, or let root make the link in a directory that only root can write"
	fixFile = "; remove it, or choose a directory that only root can write"
)

// refuseLink is about a symbolic link in the walk's directory.
func (w *walk) refuseLink(link string, st *unix.Stat_t) error {
	what := w.subject(link) + " is a symbolic link"
	switch {
	case !w.own.trusts(st.Uid):
		what += " that " + userName(st.Uid) + " made"
	case st.Nlink > 1:
		what += " with another name (a hard link)" + w.where()
	default:
		what += w.where()
	}
	return &Refusal{what + fixLink}
}

// refuseAnyLink is about a link where none is wanted.
func (w *walk) refuseAnyLink(link string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(w.dir, link, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	return &Refusal{"it is a symbolic link that " + userName(st.Uid) + " made; remove it"}
}

func (w *walk) refuseBack() error {
	return &Refusal{`".." leads wherever ` + w.who() + " has moved the directory " + strconv.Quote(w.path) + "; write the path without it"}
}

func (w *walk) refuseOutput() error {
	return &Refusal{"it is a symbolic link to the container's output, which is a regular file here, and it lies where others can write" + fixLink}
}

// refuseFile is about an open file of the walk's directory.
func (w *walk) refuseFile(st *unix.Stat_t) error {
	what := ""
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		what = "it has another name (a hard link)" + w.where()
	case unix.S_IFIFO:
		what = "it is a FIFO that " + userName(st.Uid) + " made"
	default:
		what = "it is not a regular file, and " + userName(st.Uid) + " made it"
	}
	return &Refusal{what + fixFile}
}

func (w *walk) refuseChanging() error {
	return &Refusal{"it is replaced all the time" + w.where() + "; choose a directory that only root can write"}
}

// subject is a name in the walk's directory, in words: "it" for the path that was
// asked for, which the caller names.
func (w *walk) subject(file string) string {
	if full := filepath.Join(w.path, file); full != filepath.Clean(w.asked) {
		return strconv.Quote(full)
	}
	return "it"
}

// where says who can write to the walk's directory.
func (w *walk) where() string {
	return " in " + strconv.Quote(w.path) + ", where " + w.who() + " can write"
}

// who is whoever can change the names in the walk's directory, in words.
func (w *walk) who() string {
	switch {
	case !w.own.trusts(w.by.Uid):
		return userName(w.by.Uid)
	case w.by.Mode&0o002 != 0:
		return "every user"
	}
	return "group " + groupName(w.by.Gid)
}

func userName(uid uint32) string {
	if u, err := user.LookupUid(int(uid)); err == nil {
		return "user " + u.Name
	}
	return "user " + strconv.FormatUint(uint64(uid), 10)
}

func groupName(gid uint32) string {
	if g, err := user.LookupGid(int(gid)); err == nil {
		return g.Name
	}
	return strconv.FormatUint(uint64(gid), 10)
}
