package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

// nobody is the user of the program that attacks.
const nobody = 65534

// tree is a directory of root's with a victim and a directory of nobody's.
type tree struct {
	t    *testing.T
	root string
}

const untouched = "what root has written\n"

func plant(t *testing.T) *tree {
	t.Helper()
	skip.UnlessRoot(t, "for files of several users")
	tr := &tree{t, t.TempDir()}
	tr.mkdir("etc", 0, 0o755)
	tr.write("etc/victim", 0, 0o644, untouched)
	tr.mkdir("log", nobody, 0o755)
	t.Cleanup(func() {
		if got, err := os.ReadFile(tr.path("etc/victim")); string(got) != untouched {
			t.Errorf("the victim has %q (%v)", got, err)
		}
		if names, err := os.ReadDir(tr.path("etc")); len(names) != 1 {
			t.Errorf("the victim's directory has %v (%v)", names, err)
		}
	})
	return tr
}

func (tr *tree) path(name string) string { return filepath.Join(tr.root, name) }

func (tr *tree) must(err error) {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) mkdir(name string, uid int, mode uint32) {
	tr.t.Helper()
	tr.must(os.Mkdir(tr.path(name), 0o755))
	tr.must(os.Lchown(tr.path(name), uid, -1))
	tr.must(unix.Chmod(tr.path(name), mode))
}

func (tr *tree) write(name string, uid int, mode uint32, text string) {
	tr.t.Helper()
	tr.must(os.WriteFile(tr.path(name), []byte(text), 0o600))
	tr.must(os.Lchown(tr.path(name), uid, -1))
	tr.must(unix.Chmod(tr.path(name), mode))
}

// link makes a symbolic link. A target without a slash at its beginning is taken as it
// is, "~" is the tree.
func (tr *tree) link(target, name string, uid int) {
	tr.t.Helper()
	if rest, ok := strings.CutPrefix(target, "~"); ok {
		target = tr.root + rest
	}
	tr.must(os.Symlink(target, tr.path(name)))
	tr.must(os.Lchown(tr.path(name), uid, -1))
}

func (tr *tree) fifo(name string, uid int) {
	tr.t.Helper()
	tr.must(unix.Mkfifo(tr.path(name), 0o600))
	tr.must(os.Lchown(tr.path(name), uid, -1))
}

// TestRefused: what somebody else may have put there is not opened, not for writing, not
// for emptying and not for reading, and the reason names him.
func TestRefused(t *testing.T) {
	const (
		made = " is a symbolic link that user nobody made"
		lies = ` is a symbolic link in "~/log", where user nobody can write`
	)
	for _, c := range []struct {
		name  string
		plant func(tr *tree)
		path  string
		want  string // ~ is the tree
	}{
		{"link", func(tr *tree) { tr.link("~/etc/victim", "log/out", nobody) }, "log/out", "it" + made + fixLink},
		{"relative link", func(tr *tree) { tr.link("../etc/victim", "log/out", nobody) }, "log/out", "it" + made + fixLink},
		{"link that root made where it can be moved", func(tr *tree) { tr.link("~/etc/victim", "log/out", 0) }, "log/out", "it" + lies + fixLink},
		{"directory", func(tr *tree) { tr.link("~/etc", "log/sub", nobody) }, "log/sub/victim", `"~/log/sub"` + made + fixLink},
		{"root's directory in one of others", func(tr *tree) {
			tr.mkdir("log/sub", 0, 0o755)
			tr.link("~/etc/victim", "log/sub/out", 0)
		}, "log/sub/out", "it" + strings.Replace(lies, "~/log", "~/log/sub", 1) + fixLink},
		{"by a link of root's", func(tr *tree) {
			tr.link("~/log", "var", 0)
			tr.link("~/etc/victim", "log/out", nobody)
		}, "var/out", `"~/log/out"` + made + fixLink},
		{
			"back", func(tr *tree) { tr.mkdir("log/sub", nobody, 0o755) }, "log/sub/../../etc/victim",
			`".." leads wherever user nobody has moved the directory "~/log/sub"; write the path without it`,
		},
		{
			"hard link", func(tr *tree) { tr.must(os.Link(tr.path("etc/victim"), tr.path("log/out"))) }, "log/out",
			`it has another name (a hard link) in "~/log", where user nobody can write` + fixFile,
		},
		{"FIFO", func(tr *tree) { tr.fifo("log/out", nobody) }, "log/out", "it is a FIFO that user nobody made" + fixFile},
		{"device", func(tr *tree) {
			tr.must(unix.Mknod(tr.path("log/out"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))))
			tr.must(os.Lchown(tr.path("log/out"), nobody, -1))
		}, "log/out", "it is not a regular file, and user nobody made it" + fixFile},
		{"group", func(tr *tree) {
			tr.mkdir("g", 0, 0o775)
			tr.must(os.Chown(tr.path("g"), 0, nobody))
			tr.link("~/etc/victim", "g/out", 0)
		}, "g/out", `it is a symbolic link in "~/g", where group nogroup can write` + fixLink},
		{"everybody", func(tr *tree) {
			tr.mkdir("w", 0, 0o777)
			tr.link("~/etc/victim", "w/out", 0)
		}, "w/out", `it is a symbolic link in "~/w", where every user can write` + fixLink},
		{"link in a sticky directory", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.link("~/etc/victim", "s/out", nobody)
		}, "s/out", "it" + made + fixLink},
		{"hard link in a sticky directory", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.must(os.Link(tr.path("etc/victim"), tr.path("s/out")))
		}, "s/out", `it has another name (a hard link) in "~/s", where every user can write` + fixFile},
		{"hard link to a link of root's", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.link("~/etc/victim", "root", 0)
			tr.must(unix.Link(tr.path("root"), tr.path("s/out"))) // link(2) does not follow
		}, "s/out", `it is a symbolic link with another name (a hard link) in "~/s", where every user can write` + fixLink},
		{"directory in a sticky directory", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.mkdir("s/his", nobody, 0o755)
			tr.link("~/etc/victim", "s/his/out", 0)
		}, "s/his/out", `it is a symbolic link in "~/s/his", where user nobody can write` + fixLink},
		{"sticky directory of others", func(tr *tree) {
			tr.mkdir("s", nobody, 0o1777)
			tr.link("~/etc/victim", "s/out", 0)
		}, "s/out", `it is a symbolic link in "~/s", where user nobody can write` + fixLink},
		{"group root", func(tr *tree) {
			tr.mkdir("g", 0, 0o775)
			tr.link("~/etc/victim", "g/out", nobody)
		}, "g/out", "it" + made + fixLink},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := plant(t)
			c.plant(tr)
			path := tr.path("") + "/" + c.path
			want := strings.ReplaceAll(c.want, "~", tr.root)
			for what, do := range map[string]func() error{
				"append": func() error { return use(Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT, 0o644)) },
				"empty":  func() error { return Write(path, nil, 0, 0) },
				"write":  func() error { return Write(path, []byte("1\n"), unix.O_CREAT, 0o644) },
				"read":   func() error { _, err := Read(path, 100); return err },
				"both":   func() error { return use(Open(path, unix.O_RDWR, 0)) },
			} {
				err := do()
				if err == nil {
					t.Errorf("%s: done", what)
					continue
				}
				if what == "write" || what == "empty" {
					if errors.Is(err, unix.ENXIO) { // nobody reads the FIFO
						continue
					}
				}
				if what == "append" && errors.Is(err, unix.ENXIO) {
					continue
				}
				if refusal := (*Refusal)(nil); !errors.As(err, &refusal) || err.Error() != want {
					t.Errorf("%s:\n%v\nwant\n%s", what, err, want)
				}
			}
		})
	}
}

func use(fd int, err error) error {
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte("a line\n"))
	return firstOf(err, unix.Close(fd))
}

// TestUsed: what is ordinary goes on working.
func TestUsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		plant func(tr *tree)
		path  string
		end   string // where the line is then; "": nowhere
	}{
		{"a new file in a directory of others", func(*tree) {}, "log/out", "log/out"},
		{"root's file there", func(tr *tree) { tr.write("log/out", 0, 0o644, "") }, "log/out", "log/out"},
		{"a file of its own there", func(tr *tree) { tr.write("log/out", nobody, 0o644, "") }, "log/out", "log/out"},
		{"somebody else's file there", func(tr *tree) { tr.write("log/out", 4242, 0o600, "") }, "log/out", "log/out"},
		{"a directory that root has linked", func(tr *tree) { tr.link("~/log", "var", 0) }, "var/out", "log/out"},
		{"a chain of links", func(tr *tree) {
			tr.link("b", "a", 0)
			tr.link("~/c", "b", 0)
			tr.link("./etc/../log/.", "c", 0)
		}, "a/out", "log/out"},
		{"a file that is not there yet", func(tr *tree) {
			tr.mkdir("var", 0, 0o755)
			tr.link("../log/new", "var/out", 0)
		}, "var/out", "log/new"},
		{"anybody's link in root's directory", func(tr *tree) { tr.link("log/out", "out", nobody) }, "out", "log/out"},
		{"/dev/null", func(tr *tree) { tr.link("/dev/null", "out", 0) }, "out", ""},
		{"/dev/null, in a directory of others", func(tr *tree) { tr.link("/dev/null", "log/out", nobody) }, "log/out", ""},
		{"root's FIFO in a directory of others", func(tr *tree) { tr.fifo("log/out", 0) }, "log/out", ""},
		{"anybody's FIFO in root's directory", func(tr *tree) { tr.fifo("out", nobody) }, "out", ""},
		{"root's hard link", func(tr *tree) {
			tr.write("one", 0, 0o644, "")
			tr.must(os.Link(tr.path("one"), tr.path("two")))
		}, "two", "one"},
		{"group root", func(tr *tree) {
			tr.mkdir("g", 0, 0o775)
			tr.link("~/log", "g/var", 0)
		}, "g/var/out", "log/out"},
		{"root's link in a sticky directory", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.link("~/log/out", "s/out", 0)
		}, "s/out", "log/out"},
		{"root's directory in a sticky directory", func(tr *tree) {
			tr.mkdir("s", 0, 0o1777)
			tr.mkdir("s/app", 0, 0o755)
			tr.link("~/log/out", "s/app/out", 0)
		}, "s/app/out", "log/out"},
		{"everybody's volume", func(tr *tree) { tr.mkdir("v", 0, 0o777) }, "v/out", "v/out"},
		{"a volume of another user, deep", func(tr *tree) {
			tr.mkdir("v", 1000, 0o2770)
			tr.mkdir("v/a", 1001, 0o777)
		}, "v/a/out", "v/a/out"},
		{"a kernel's link", func(*tree) {}, "/proc/self/cwd/" + "doc.go.none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := plant(t)
			c.plant(tr)
			path := tr.path("") + "/" + c.path
			if c.path[0] == '/' {
				t.Chdir(tr.root)
				path = "/proc/self/cwd/log/out"
				c.end = "log/out"
			}
			if err := use(Open(path, unix.O_RDWR|unix.O_APPEND|unix.O_CREAT, 0o644)); err != nil {
				t.Fatal(err)
			}
			if c.end == "" {
				return
			}
			if got, err := os.ReadFile(tr.path(c.end)); string(got) != "a line\n" {
				t.Errorf("%q, %v", got, err)
			}
			if got, err := Read(path, 100); string(got) != "a line\n" {
				t.Errorf("%q, %v", got, err)
			}
			if err := Write(path, []byte("new"), 0, 0); err != nil {
				t.Error(err)
			}
			if got, err := Read(path, 100); string(got) != "new" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestOutput: a link to the container's own output is followed wherever it lies, and not
// if that is a file which others could let us empty by it.
func TestOutput(t *testing.T) {
	tr := plant(t)
	tr.link("/dev/stdout", "log/out", nobody)
	tr.link("/dev/stdout", "out", 0)
	keep, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 0)
	tr.must(err)
	defer func() {
		tr.must(unix.Dup3(keep, 1, 0))
		unix.Close(keep)
	}()
	r, w, err := os.Pipe()
	tr.must(err)
	defer r.Close()
	defer w.Close()
	tr.must(unix.Dup3(int(w.Fd()), 1, 0))
	for _, name := range []string{"out", "log/out"} {
		tr.must(use(Open(tr.path(name), unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT, 0o644)))
		line := make([]byte, 100)
		if n, err := r.Read(line); string(line[:n]) != "a line\n" {
			t.Errorf("%s: %q, %v", name, line[:n], err)
		}
	}
	tr.write("file", 0, 0o644, untouched)
	f, err := os.OpenFile(tr.path("file"), os.O_RDWR|os.O_APPEND, 0)
	tr.must(err)
	defer f.Close()
	tr.must(unix.Dup3(int(f.Fd()), 1, 0))
	if err := Write(tr.path("log/out"), nil, 0, 0); err == nil || !strings.Contains(err.Error(), "is a regular file here") {
		t.Error(err)
	}
	tr.must(use(Open(tr.path("out"), unix.O_WRONLY|unix.O_APPEND, 0)))
	if got, _ := os.ReadFile(tr.path("file")); string(got) != untouched+"a line\n" {
		t.Errorf("%q", got)
	}
}

// TestLikeOpen: what the kernel refuses is refused in its words.
func TestLikeOpen(t *testing.T) {
	tr := plant(t)
	tr.link("loop", "loop", 0)
	tr.link("loop2/x", "loop2", 0)
	tr.write("file", 0, 0o644, "")
	for _, path := range []string{"", "gone", "gone/x", "file/x", "loop", "loop/x", "loop2", "log", "log/", ".", "log/..", "/", strings.Repeat("x", 300)} {
		if path != "" && path != "/" {
			path = tr.root + "/" + path
		}
		want := ""
		fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			want = err.Error()
		} else {
			unix.Close(fd)
		}
		if got := use(Open(path, unix.O_WRONLY, 0)); got == nil || got.Error() != want {
			t.Errorf("%q: %v, want %s", path, got, want)
		}
	}
}

// TestJudge: who can change the names in a directory.
func TestJudge(t *testing.T) {
	root, mapped, random := owners{0, 0}, owners{0, nobody}, owners{12345, 0}
	for _, c := range []struct {
		own      owners
		uid, gid uint32
		mode     uint32
		want     trust
	}{
		{root, 0, 0, 0o755, ours},
		{root, 0, 7, 0o755, ours},
		{root, 0, 0, 0o775, shared},
		{root, 0, 7, 0o775, theirs},
		{root, 0, 7, 0o1775, shared},
		{root, 0, 0, 0o1777, shared},
		{root, 0, 0, 0o777, theirs},
		{root, 0, 0, 0o757, theirs},
		{root, nobody, 0, 0o700, theirs},
		{root, nobody, 0, 0o1777, theirs},
		{mapped, nobody, nobody, 0o755, ours}, // the owner of / seems to be nobody
		{mapped, 1000, nobody, 0o755, theirs},
		{random, 12345, 0, 0o755, ours},
		{random, 12345, 0, 0o775, shared},
		{random, 0, 0, 0o775, shared},
		{random, 0, 0, 0o777, theirs},
		{random, 54321, 0, 0o755, theirs},
	} {
		st := unix.Stat_t{Uid: c.uid, Gid: c.gid, Mode: unix.S_IFDIR | c.mode}
		if got := c.own.judge(&st); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestNoFollow: a file whose mode will be changed is never behind a link, be it root's or
// one to /dev/null.
func TestNoFollow(t *testing.T) {
	tr := plant(t)
	tr.link("/dev/null", "log/mark", nobody)
	tr.link("~/log/mark2", "mark", 0)
	for name, want := range map[string]string{
		"log/mark": "it is a symbolic link that user nobody made; remove it",
		"mark":     "it is a symbolic link that user root made; remove it",
	} {
		if err := use(Open(tr.path(name), unix.O_WRONLY|unix.O_CREAT|unix.O_NOFOLLOW, 0o600)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	tr.must(use(Open(tr.path("log/new"), unix.O_WRONLY|unix.O_CREAT|unix.O_NOFOLLOW, 0o600)))
}

// TestDirectories: what is done to a name is done to the name, not to what a link of that
// name leads to, and in a directory that nobody else chose.
func TestDirectories(t *testing.T) {
	tr := plant(t)
	tr.link("~/etc/victim", "log/mark", nobody)
	tr.link("~/etc", "log/dir", nobody)
	tr.must(Replace(tr.path("log/mark"), []byte("done"), 0o640))
	var st unix.Stat_t
	tr.must(unix.Lstat(tr.path("log/mark"), &st))
	if got, _ := os.ReadFile(tr.path("log/mark")); string(got) != "done" || st.Mode != unix.S_IFREG|0o640 {
		t.Errorf("%q %o", got, st.Mode)
	}
	for _, err := range []error{
		Replace(tr.path("log/dir/victim"), []byte("done"), 0o640),
		Remove(tr.path("log/dir/victim")),
		MkdirAll(tr.path("log/dir/new"), 0o755),
		func() error { _, err := OpenDir(tr.path("log/dir")); return err }(),
	} {
		if refusal := (*Refusal)(nil); !errors.As(err, &refusal) {
			t.Errorf("%v", err)
		}
	}
	tr.link("~/etc/victim", "log/gone", nobody)
	tr.must(Remove(tr.path("log/gone")))
	tr.must(MkdirAll(tr.path("log/a/b"), 0o700))
	tr.must(MkdirAll(tr.path("log/a/b/"), 0o700))
	tr.link("volume/log", "here", 0)
	tr.must(MkdirAll(tr.path("here/app"), 0o755))
	if _, err := os.Stat(tr.path("volume/log/app")); err != nil {
		t.Error(err)
	}
	d, err := OpenDir(tr.path("log"))
	tr.must(err)
	defer d.Close()
	fd, name, err := d.Create("auto-", ".log", 0o600)
	tr.must(err)
	unix.Close(fd)
	names, err := d.Names()
	if len(names) != 4 || err != nil || !strings.HasPrefix(name, "auto-") || !strings.HasSuffix(name, ".log") {
		t.Errorf("%q %v %v", name, names, err)
	}
	for path, movable := range map[string]bool{"": false, "log": false, "log/a": true, "log/a/b": true, "etc": false} {
		d, err := OpenDir(tr.path(path))
		tr.must(err)
		if d.Movable() != movable {
			t.Errorf("%s: movable %v", path, !movable)
		}
		d.Close()
	}
}

// TestHandle: what gets another owner or mode is what nobody else has put there.
func TestHandle(t *testing.T) {
	tr := plant(t)
	tr.link("~/etc/victim", "log/link", nobody)
	tr.must(os.Link(tr.path("etc/victim"), tr.path("log/hard")))
	tr.write("log/one", nobody, 0o600, "")
	d, err := OpenDir(tr.path("log"))
	tr.must(err)
	defer d.Close()
	for name, ok := range map[string]bool{"link": false, "hard": false, "one": true} {
		fd, _, err := d.Handle(name)
		if (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			unix.Close(fd)
		}
	}
}

// TestAsAnybody: a container whose PID 1 is not root uses its own files, with the links
// that it has made, and what group 0 may write, as images for OpenShift have it.
func TestAsAnybody(t *testing.T) {
	tr := plant(t)
	tr.mkdir("own", 12345, 0o755)
	tr.link("~/own", "own/link", 12345)
	tr.mkdir("g", 0, 0o775)
	tr.link("../own", "g/link", 0)
	tr.mkdir("fs", 0, 0o2775)
	tr.must(os.Chown(tr.path("fs"), 0, 777))
	tr.link("../own", "fs/link", 12345)
	tr.must(os.Chmod(filepath.Dir(tr.root), 0o755))
	as(t, &syscall.Credential{Uid: 12345, Gid: 0, Groups: []uint32{777}}, "anybody", tr.root)
	for _, name := range []string{"own/a", "own/b", "own/c", "own/d/e", "own/f"} {
		if _, err := os.Stat(tr.path(name)); err != nil {
			t.Error(err)
		}
	}
}

// anybody is TestAsAnybody's process.
func anybody(root string) error {
	in := func(name string) string { return filepath.Join(root, name) }
	return firstOf(
		use(Open(in("own/link/a"), unix.O_WRONLY|unix.O_CREAT, 0o644)),
		use(Open(in("g/link/b"), unix.O_WRONLY|unix.O_CREAT, 0o644)),
		use(Open(in("fs/link/c"), unix.O_WRONLY|unix.O_CREAT, 0o644)),
		MkdirAll(in("own/link/d/e"), 0o755),
		Replace(in("own/f"), []byte("text"), 0o644),
	)
}
