package scripts

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// truster finds out whether somebody but root decides what a file is.
type truster struct {
	root   bool   // we are root
	owner  uint32 // of /, who is trusted as root is
	mounts string // /proc/self/mountinfo, once it is needed
}

func newTruster(untrusted bool) *truster {
	t := &truster{root: !untrusted && os.Geteuid() == 0}
	var st unix.Stat_t
	if unix.Stat("/", &st) == nil {
		t.owner = st.Uid
	}
	return t
}

// maxLinks is how many links the kernel follows (path_resolution(7)).
const maxLinks = 40

// refusal is why we do not run a file as root, with the way out; "": we may.
func (t *truster) refusal(path string) string {
	if !t.root {
		return ""
	}
	if why := t.walk(path); why != "" {
		return path + " is not run as root: " + why
	}
	return ""
}

// walk goes from / to a file, through all links, and says who else can change what is found
// there; "": nobody can. Each directory is looked at before a name in it is.
func (t *truster) walk(path string) (why string) {
	path, err := filepath.Abs(path)
	if err != nil {
		return reason(err)
	}
	names, links := append([]string{"/"}, strings.Split(path, "/")...), 0
	shared := false // others can add names to the directory at
	for at := "/"; len(names) > 0; {
		name := names[0]
		names = names[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		var st unix.Stat_t
		if err := unix.Lstat(next, &st); err != nil {
			return next + ": " + err.Error()
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			// Who owns a link can do nothing with that but replace it in a shared directory.
			if shared && !t.trusts(st.Uid) && !t.readOnly(at) {
				return "link " + next + " belongs to " + user(st.Uid) + ": chown -h root " + next
			}
			target, err := os.Readlink(next)
			if links++; err != nil || target == "" || links > maxLinks {
				return next + ": " + unix.ELOOP.Error()
			}
			if target[0] == '/' {
				at = "/"
			}
			names = append(strings.Split(target, "/"), names...)
			continue
		}
		if why := t.judge(next, &st); why != "" && !t.readOnly(next) {
			return why + ", or mount it read-only"
		}
		at, shared = next, st.Mode&0o022 != 0
	}
	return ""
}

func (t *truster) trusts(uid uint32) bool { return uid == 0 || uid == t.owner }

func user(uid uint32) string { return "user " + strconv.Itoa(int(uid)) }

// judge says who but root can change a file, or the names in a directory; "": nobody can.
func (t *truster) judge(path string, st *unix.Stat_t) string {
	const group, everybody = 0o020, 0o002
	what, sticky := path, false
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		what, sticky = "directory "+path, st.Mode&unix.S_ISVTX != 0
	}
	switch {
	case !t.trusts(st.Uid):
		return what + " belongs to " + user(st.Uid) + ": chown root " + path
	case sticky:
	case st.Mode&everybody != 0:
		return "everybody can write to " + what + ": chmod o-w " + path
	case st.Mode&group != 0 && st.Gid != 0:
		return "group " + strconv.Itoa(int(st.Gid)) + " can write to " + what + ": chmod g-w " + path
	}
	return ""
}

// readOnly says whether nobody in the container can write to a path, whatever its mode is:
// it is on a read-only mount, such as that of a Kubernetes ConfigMap, whose directory has
// mode 0777, and no other mount shows the same files.
func (t *truster) readOnly(path string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil || fs.Flags&unix.ST_RDONLY == 0 {
		return false
	}
	if t.mounts == "" {
		data, _ := os.ReadFile("/proc/self/mountinfo")
		t.mounts = string(data)
	}
	return onlyReadOnly(t.mounts, path)
}

// onlyReadOnly says whether a path is on a mount of which no other one shows a part for
// writing. mounts is as proc_pid_mountinfo(5) has it; what it does not show counts as
// written to.
func onlyReadOnly(mounts, path string) bool {
	var device, root string
	longest := -1
	each := func(f func(device, root, point, options string)) {
		for _, line := range strings.Split(mounts, "\n") {
			if w := strings.Fields(line); len(w) > 5 {
				f(w[2], w[3], w[4], w[5])
			}
		}
	}
	each(func(d, r, point, _ string) {
		if len(point) >= longest && within(path, point) { // of two at one point, the last one counts
			device, root, longest = d, r, len(point)
		}
	})
	only := longest >= 0
	each(func(d, r, _, options string) {
		writes := options != "ro" && !strings.HasPrefix(options, "ro,")
		if d == device && writes && (within(r, root) || within(root, r)) {
			only = false
		}
	})
	return only
}

// within says whether a path is that of a directory or of something below it.
func within(path, dir string) bool {
	return dir == "/" || path == dir || strings.HasPrefix(path, dir+"/")
}
