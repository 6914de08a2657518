package templates

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/config/profile"
	"entrypoint/supervisor/safefile"
)

// tree is files below a private directory, each at the path that it has in the file
// system. See doc.go.
type tree struct {
	root  string
	files []*File
	own   int      // how many of the files are of templates; the others are main files that include them
	from  []*File  // those of templates, as the set has them: a file of the tree may be a copy
	some  bool     // other files stay in the tree that are not among these
	uses  [][]bool // for each program, which of those it uses
}

// privateRoot finds a place for a tree: a directory that is ours alone. It is made if it
// is missing, unless this is dry.
func privateRoot(env []string, name string, dry bool) (string, error) {
	mode := uint32(0o755) // programs that are not root read their files there
	if uid := os.Geteuid(); uid != 0 {
		mode = 0o700
		name += "-" + strconv.Itoa(uid)
	}
	reasons := ""
	runtime := environ.Value(env, "XDG_RUNTIME_DIR")
	for _, base := range [...]string{runtime, "/run", "/tmp", "/dev/shm"} {
		if !filepath.IsAbs(base) {
			continue
		}
		root := filepath.Join(base, name)
		err := private(base, name, mode, dry)
		if err == nil {
			return root, nil
		}
		reasons += "; " + root + ": " + err.Error()
	}
	return "", errors.New("nothing may be written there, nor is there a directory for it elsewhere (docker run --tmpfs /run makes one)" + reasons)
}

// private makes a directory that nobody else can change, if it is not there.
func private(base, name string, mode uint32, dry bool) error {
	parent, err := safefile.OpenDir(base)
	if err != nil {
		return err
	}
	defer parent.Close()
	if dry {
		return unix.Faccessat(parent.FD(), ".", unix.W_OK, 0)
	}
	err = parent.Mkdir(name, mode)
	if err != nil && err != unix.EEXIST {
		return err
	}
	st, err := parent.Lstat(name)
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return errors.New("it is no directory")
	}
	d, err := safefile.OpenDir(base + "/" + name)
	if err != nil {
		return err
	}
	defer d.Close()
	if uid, _ := d.Owner(); !d.Private() || d.Movable() || uid != os.Geteuid() {
		return errors.New("somebody else can change it")
	}
	_ = unix.Fchmodat(d.FD(), ".", mode, 0) // whatever our umask is
	return unix.Faccessat(d.FD(), ".", unix.W_OK, 0)
}

// plan is the tree of some of the files: where they are used, and the main files of nginx
// that have to include them there.
func (s *Set) plan(root string, wanted func(*File) bool) *tree {
	t := &tree{root: root}
	for _, f := range s.files {
		if wanted(f) {
			t.files = append(t.files, f)
		}
	}
	t.own, t.from = len(t.files), slices.Clone(t.files)
	targets := make([]string, t.own)
	for i, f := range t.files {
		targets[i] = f.Target
	}
	moves := t.moves()
	for _, p := range s.o.Programs {
		command := s.o.command(p, p.Command)
		_, used := profile.Redirect(command, moves)
		if main := s.nginxMain(p); main != "" {
			for i, found := range s.include(t, main, targets) {
				used[i] = used[i] || found
			}
		}
		t.uses = append(t.uses, used)
	}
	return t
}

// nginxMain is the main file of a program that is nginx; "": it is none, or it is not known.
func (s *Set) nginxMain(p *config.Program) string {
	if !isNginx(p) {
		return ""
	}
	return profile.NginxMain(s.o.command(p, p.Command), s.exists)
}

// include sees to it that nginx's main file includes the files of the tree, and says which
// of them it does.
func (s *Set) include(t *tree, main string, targets []string) (found []bool) {
	var f *File
	at := slices.IndexFunc(t.files, func(f *File) bool { return f.Target == main })
	if i := slices.IndexFunc(s.files, func(f *File) bool { return f.Target == main }); i >= 0 {
		f = s.files[i]
	} else {
		data, mode, err := readConf(main)
		if err != nil {
			return nil // nginx says so
		}
		f = &File{Source: main, Target: main, File: safefile.File{Data: data, Mode: mode, UID: -1, GID: -1}}
	}
	data, found := profile.RedirectIncludes(filepath.Dir(main), f.Data, targets, t.root)
	if !slices.Contains(found, true) || at >= t.own {
		return found
	}
	copied := *f
	copied.Data = data
	if at >= 0 {
		t.files[at] = &copied
	} else {
		t.files = append(t.files, &copied)
	}
	return found
}

// isUsed says whether a program uses a file of a template.
func (t *tree) isUsed(file int) bool {
	return slices.ContainsFunc(t.uses, func(u []bool) bool { return u[file] })
}

// usesChanged says whether a program uses a file that has changed.
func (t *tree) usesChanged(program int) bool {
	for i, used := range t.uses[program] {
		if used && t.from[i].changed {
			return true
		}
	}
	return false
}

// moves are the files of the tree, for command lines.
func (t *tree) moves() []profile.Moved {
	moves := make([]profile.Moved, len(t.files))
	for i, f := range t.files {
		moves[i] = profile.Moved{From: f.Target, To: t.root + f.Target}
	}
	return moves
}

// differs says whether a file is not in the tree yet.
func (t *tree) differs(f *File) bool {
	is, err := safefile.Installed(t.root+f.Target, f.File)
	return !is || err != nil
}

// build makes the tree what it is to be.
func (t *tree) build() error {
	dirs := t.dirs()
	for _, dir := range dirs {
		if err := t.mirror(dir, dirs); err != nil {
			return errors.New("cannot make " + t.root + dir + ": " + err.Error())
		}
	}
	for _, f := range t.files {
		if _, err := safefile.Install(t.root+f.Target, f.File); err != nil {
			return errors.New("cannot write " + t.root + f.Target + ": " + err.Error())
		}
	}
	return nil
}

// remove takes the tree away.
func (t *tree) remove() {
	d, name, err := safefile.Parent(t.root)
	if err != nil {
		return
	}
	defer d.Close()
	_ = d.RemoveAll(name) // the next one removes what is left
}

// dirs are the directories of the tree, each before those in it.
func (t *tree) dirs() (dirs []string) {
	for _, f := range t.files {
		for dir := filepath.Dir(f.Target); dir != "/"; dir = filepath.Dir(dir) {
			note(&dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// maxMirror is how many other files may lie beside one in a tree.
const maxMirror = 10_000

// mirror makes a directory of the tree. In one that has files of the tree all other names
// of the real one are links to what they are there.
func (t *tree) mirror(dir string, dirs []string) error {
	parent, name, err := safefile.Parent(t.root + dir)
	if err != nil {
		return err
	}
	defer parent.Close()
	if st, err := parent.Lstat(name); err == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		_ = parent.Remove(name) // a link of an earlier start
	}
	switch err := parent.Mkdir(name, 0o755); err {
	case nil:
		_ = unix.Fchmodat(parent.FD(), name, 0o755, 0) // whatever our umask is; nobody else can put a link there
	case unix.EEXIST:
	default:
		return err
	}
	if !slices.ContainsFunc(t.files, func(f *File) bool { return filepath.Dir(f.Target) == dir }) {
		return nil
	}
	d, err := safefile.OpenDir(t.root + dir)
	if err != nil {
		return err
	}
	defer d.Close()
	var real []string
	if there, err := safefile.OpenDir(dir); err == nil {
		real, err = there.Names()
		there.Close()
		if err != nil || len(real) > maxMirror {
			return errors.New("the directory " + dir + " cannot be read, or is too large")
		}
	}
	own := func(name string) bool {
		path := filepath.Join(dir, name)
		return slices.Contains(dirs, path) || slices.ContainsFunc(t.files, func(f *File) bool { return f.Target == path })
	}
	has, err := d.Names()
	if err != nil {
		return err
	}
	for _, name := range has {
		if !t.some && !own(name) && !slices.Contains(real, name) {
			_ = d.RemoveAll(name)
		}
	}
	for _, name := range real {
		if own(name) || strings.HasSuffix(name, ".entry-point") || t.some && slices.Contains(has, name) {
			continue
		}
		if err := linked(d, name, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// linked makes a name of a directory of ours a link.
func linked(d *safefile.Dir, name, target string) error {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(d.FD(), name, buf)
	if err == nil && string(buf[:n]) == target {
		return nil
	}
	if err != unix.ENOENT {
		_ = d.RemoveAll(name)
	}
	return unix.Symlinkat(target, d.FD(), name)
}
