package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/skip"
)

const uid, gid = 4711, 4712

func order(path string) *Order {
	return &Order{Path: path, Name: "app", UID: uid, GID: Keep, Group: gid}
}

// give gives a path away and returns what was said of it.
func give(t *testing.T, o *Order) (*Report, string) {
	t.Helper()
	r := &Report{}
	Give(o, nil, r)
	text := strings.Join(r.Notes(o), "\n")
	if err := r.Err(); err != nil {
		text += "\nerror: " + err.Error()
	}
	return r, text
}

// make makes files (and directories, whose names end in a slash) with an owner.
func files(t *testing.T, dir string, owner int, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err == nil {
			err = os.WriteFile(path, []byte(name), 0o644)
		}
		if err == nil {
			err = os.Lchown(path, owner, owner)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func stat(t *testing.T, path string) *syscall.Stat_t {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		t.Fatal(path, err)
	}
	return &st
}

// TestGive: what has another owner is changed, nothing else; links are changed themselves;
// a second time does nothing.
func TestGive(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir, outside := t.TempDir(), t.TempDir()
	files(t, outside, 0, "victim", "d/file")
	files(t, dir, 0, "a", "d/b", "d/e/f/g/h", "empty/")
	files(t, dir, uid, "right", "right.d/x")
	for name, target := range map[string]string{"link": outside + "/victim", "dirlink": outside + "/d", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Chmod(filepath.Join(dir, "a"), 0o4755); err != nil {
		t.Fatal(err)
	}
	before := stat(t, filepath.Join(dir, "right")).Ctim
	_, said := give(t, order(dir))
	if !strings.Contains(said, "gave 14 of 16 entries to app") || !strings.Contains(said, "1 of them have lost their set-user-ID") || strings.Contains(said, "error") {
		t.Error(said)
	}
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if st := stat(t, path); err != nil || st.Uid != uid {
			t.Errorf("%s belongs to %d, %v", path, st.Uid, err)
		}
		return nil
	})
	if st := stat(t, filepath.Join(dir, "a")); st.Gid != 0 || st.Mode&0o7777 != 0o755 {
		t.Errorf("group %d, mode %o", st.Gid, st.Mode)
	}
	for _, name := range []string{"victim", "d", "d/file"} {
		if st := stat(t, filepath.Join(outside, name)); st.Uid != 0 {
			t.Errorf("%s was given away by a link", name)
		}
	}
	if stat(t, filepath.Join(dir, "right")).Ctim != before {
		t.Error("what was right has been changed")
	}
	o := order(dir)
	o.GID = gid
	if r, said := give(t, o); r.changed.Load() != 16 || stat(t, filepath.Join(dir, "d/e/f/g/h")).Gid != gid {
		t.Error(said)
	}
	if r, said := give(t, o); r.changed.Load() != 0 || r.seen.Load() != 16 || said != "" {
		t.Error(said)
	}
}

// TestMark: the mark is believed for the same owner, as long as the directory itself is his.
func TestMark(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir := t.TempDir()
	skip.Unless(t, unix.Setxattr(dir, attribute, []byte("x"), 0) == nil, "user attributes of the file system of "+dir)
	if Settled(order(dir)) {
		t.Error("any mark is believed")
	}
	give(t, order(dir))
	files(t, dir, 0, "later")
	if !Settled(order(dir)) {
		t.Error("the mark is not believed")
	}
	other := order(dir)
	other.GID = gid
	if Settled(other) || Settled(&Order{Path: dir, UID: 1, GID: Keep}) {
		t.Error("the mark is believed for another owner")
	}
	if err := os.Chown(dir, 0, 0); err != nil {
		t.Fatal(err)
	}
	if Settled(order(dir)) {
		t.Error("the mark is believed though the directory is not his")
	}
	// A walk that is interrupted leaves no mark: it is taken away first.
	if err := unix.Mknod(filepath.Join(dir, "x"), unix.S_IFREG|0o600, 0); err != nil {
		t.Fatal(err)
	}
	if _, said := give(t, order(dir)); stat(t, filepath.Join(dir, "later")).Uid != uid || !Settled(order(dir)) {
		t.Error(said)
	}
}

// TestMade: a directory that is not there is made, for its owner and his group.
func TestMade(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir := filepath.Join(t.TempDir(), "a/b")
	if _, said := give(t, order(dir)); said != "made "+dir+" for app" {
		t.Error(said)
	}
	if st, up := stat(t, dir), stat(t, filepath.Dir(dir)); st.Uid != uid || st.Gid != gid || st.Mode&0o777 != 0o755 || up.Uid != 0 {
		t.Errorf("%d:%d %o, above it %d", st.Uid, st.Gid, st.Mode, up.Uid)
	}
}

// TestNested: a directory or a file in the tree that has an order of its own is left to that.
func TestNested(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir := t.TempDir()
	files(t, dir, 0, "a/f", "b/f", "c")
	inner := &Order{Path: dir + "/b", Name: "www", UID: 33, GID: Keep}
	file := &Order{Path: dir + "/c", Name: "www", UID: 33, GID: Keep}
	Give(order(dir), []*Order{order(dir), inner, file}, &Report{})
	if stat(t, dir+"/a/f").Uid != uid || stat(t, dir+"/b").Uid != 0 || stat(t, dir+"/b/f").Uid != 0 || stat(t, dir+"/c").Uid != 0 {
		t.Error("the directory or the file was not left alone")
	}
}

// TestSingle: a path may be that of a file.
func TestSingle(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir := t.TempDir()
	files(t, dir, 0, "file")
	if _, said := give(t, order(dir+"/file")); stat(t, dir+"/file").Uid != uid || stat(t, dir).Uid != 0 {
		t.Error(said)
	}
}

// TestRefused: the root directory, by whatever path, and a path with a link of the user's.
func TestRefused(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir, outside := t.TempDir(), t.TempDir()
	files(t, outside, 0, "d/file")
	for _, path := range []string{"/", "/..", "/proc/self/root"} {
		if _, said := give(t, order(path)); !strings.Contains(said, "it is the root directory") {
			t.Errorf("%s: %q", path, said)
		}
	}
	if err := errors.Join(os.Chown(dir, uid, uid), os.Symlink(outside, dir+"/link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/link", "/link/d", "/link/d/file", "/link/new"} {
		_, said := give(t, order(dir+path))
		if st := stat(t, outside+"/d/file"); st.Uid != 0 || !strings.Contains(said, "error: ") && path != "/link" {
			t.Errorf("%s: %d %q", path, st.Uid, said)
		}
	}
	if st := stat(t, outside); st.Uid != 0 {
		t.Error("a link of the user's was followed")
	}
	if _, err := os.Lstat(outside + "/new"); err == nil {
		t.Error("a directory was made behind a link of the user's")
	}
}

// TestHardLink: a file of root's that has another name may be one from elsewhere.
func TestHardLink(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	top := t.TempDir()
	dir := top + "/data"
	files(t, top, 0, "shadow", "data/mine")
	if err := os.Link(top+"/shadow", dir+"/x"); err != nil {
		t.Fatal(err)
	}
	_, said := give(t, order(dir))
	if stat(t, top+"/shadow").Uid != 0 || stat(t, dir+"/mine").Uid != uid || !strings.Contains(said, `left 1 files alone that have more than one name`) {
		t.Error(said)
	}
	if _, said := give(t, order(dir+"/x")); stat(t, top+"/shadow").Uid != 0 {
		t.Error(said)
	}
}

// TestOneFileSystem: what is mounted in the tree is left alone, also a directory of the same
// file system.
func TestOneFileSystem(t *testing.T) {
	skip.UnlessRoot(t, "to mount")
	top := t.TempDir()
	dir := top + "/data"
	files(t, top, 0, "same/file", "data/tmp/", "data/bind/", "data/own", "file", "data/over")
	mount := func(source, target, kind string, flags uintptr) {
		err := unix.Mount(source, target, kind, flags, "")
		skip.Unless(t, err == nil, fmt.Sprint("to mount: ", err))
		t.Cleanup(func() { _ = unix.Unmount(target, unix.MNT_DETACH) })
	}
	mount("none", dir+"/tmp", "tmpfs", 0)
	mount(top+"/same", dir+"/bind", "", unix.MS_BIND)
	mount(top+"/file", dir+"/over", "", unix.MS_BIND)
	files(t, dir, 0, "tmp/x")
	_, said := give(t, order(dir))
	for _, name := range []string{"/same", "/same/file", "/data/tmp", "/data/tmp/x", "/file"} {
		if stat(t, top+name).Uid != 0 {
			t.Errorf("%s was changed: %s", name, said)
		}
	}
	if stat(t, dir+"/own").Uid != uid {
		t.Error(said)
	}
}

// TestFailures are counted, the first is told, and the mark is not made.
func TestFailures(t *testing.T) {
	skip.UnlessRoot(t, "to mount")
	dir := t.TempDir()
	err := unix.Mount("none", dir, "tmpfs", 0, "")
	skip.Unless(t, err == nil, fmt.Sprint("to mount: ", err))
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	files(t, dir, 0, "a", "b", "c")
	err = unix.Mount("none", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, "")
	skip.Unless(t, err == nil, fmt.Sprint("to remount: ", err))
	_, said := give(t, order(dir))
	if !strings.Contains(said, "error: cannot give away \""+dir) || !strings.Contains(said, "read-only file system (leave it out of own") || !strings.Contains(said, "; and 2 more") {
		t.Error(said)
	}
	if Settled(order(dir)) {
		t.Error("it is marked")
	}
}

// TestDeepAndWide: many directories below and beside each other need few descriptors.
func TestDeepAndWide(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	dir := t.TempDir()
	path := dir
	for range 150 {
		path += "/d"
		files(t, path, uid, "f", "s/")
	}
	var before, limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		files(t, dir, 0, "w"+strconv.Itoa(i)+"/f")
	}
	limit = before
	limit.Cur = 250
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) }()
	r, said := give(t, order(dir))
	if r.seen.Load() != 1+150*3+600 || strings.Contains(said, "error") || stat(t, dir+"/w299/f").Uid != uid {
		t.Errorf("%d %s", r.seen.Load(), said)
	}
}

// TestRaces: while root walks, the user exchanges directories by links, and files by hard
// links to files of root's. None of these is ever given away.
func TestRaces(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	top := t.TempDir()
	dir := top + "/data"
	files(t, top, 0, "shadow", "etc/passwd", "etc/d/x")
	files(t, dir, 0, "d/f", "spare/f", "file", "spare2")
	files(t, top, uid, "data/")
	var over atomic.Bool
	var all sync.WaitGroup
	attack := func(f func()) {
		all.Go(func() {
			for !over.Load() {
				f()
			}
		})
	}
	attack(func() { // a directory, and a link to one of root's
		_ = os.Symlink(top+"/etc", dir+"/l")
		_ = unix.Renameat2(unix.AT_FDCWD, dir+"/l", unix.AT_FDCWD, dir+"/d", unix.RENAME_EXCHANGE)
	})
	attack(func() { // a file, and a hard link to one of root's
		_ = os.Link(top+"/shadow", dir+"/h")
		_ = unix.Renameat2(unix.AT_FDCWD, dir+"/h", unix.AT_FDCWD, dir+"/file", unix.RENAME_EXCHANGE)
		_ = os.Remove(dir + "/h")
		_ = os.WriteFile(dir+"/h2", nil, 0o600)
		_ = os.Rename(dir+"/h2", dir+"/file")
	})
	attack(func() { // a hard link that is there for a moment
		_ = os.Link(top+"/shadow", dir+"/spare2")
		_ = os.Remove(dir + "/spare2")
	})
	for range 400 {
		give(t, order(dir))
		for _, name := range []string{"/shadow", "/etc", "/etc/passwd", "/etc/d", "/etc/d/x"} {
			if stat(t, top+name).Uid != 0 {
				over.Store(true)
				all.Wait()
				t.Fatalf("%s was given away", name)
			}
		}
	}
	over.Store(true)
	all.Wait()
}
