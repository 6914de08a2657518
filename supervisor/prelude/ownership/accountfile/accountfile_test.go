package accountfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/config/account"
	"entrypoint/supervisor/skip"
)

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:999:999::/srv:/bin/false\n# no end"
	group  = "root:x:0:\napp:x:999:\n"
)

func files(t *testing.T) Files {
	t.Helper()
	dir := t.TempDir()
	f := Files{dir + "/passwd", dir + "/group"}
	if err := errors.Join(os.WriteFile(f.Passwd, []byte(passwd), 0o664), os.WriteFile(f.Group, []byte(group), 0o644), os.Chmod(f.Passwd, 0o664)); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f Files) want(t *testing.T, wantPasswd, wantGroup string) {
	t.Helper()
	p, g, err := f.Read()
	if err != nil || p != wantPasswd || g != wantGroup {
		t.Errorf("%v\n%s\n%s", err, p, g)
	}
	names, _ := filepath.Glob(filepath.Dir(f.Passwd) + "/.*")
	for _, name := range names {
		if strings.Contains(name, "entry-point") {
			t.Errorf("%s was left", name)
		}
	}
}

// TestRemap writes both files, keeps their modes, and does nothing the next time. What a
// start that was killed has left is removed.
func TestRemap(t *testing.T) {
	f, r := files(t), &account.Remap{Name: "app", UID: 1000, GID: 1001}
	for _, left := range []string{"/.passwd.entry-point-17", "/.group.entry-point-4"} {
		if err := os.WriteFile(filepath.Dir(f.Passwd)+left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantPasswd, wantGroup := strings.Replace(passwd, "999:999", "1000:1001", 1), strings.Replace(group, "999", "1001", 1)
	if changed, err := f.Remap(r); !changed || err != nil {
		t.Error(changed, err)
	}
	f.want(t, wantPasswd, wantGroup)
	if info, err := os.Stat(f.Passwd); err != nil || info.Mode() != 0o664 {
		t.Error(info.Mode(), err)
	}
	if changed, err := f.Remap(r); changed || err != nil {
		t.Error("a second time:", changed, err)
	}
	// Killed after group was written.
	if err := os.WriteFile(f.Passwd, []byte(passwd), 0o664); err != nil {
		t.Fatal(err)
	}
	if changed, err := f.Remap(r); !changed || err != nil {
		t.Error(changed, err)
	}
	f.want(t, wantPasswd, wantGroup)
}

// TestRemapAllOrNothing: where one of the files cannot be replaced, both stay as they are.
func TestRemapAllOrNothing(t *testing.T) {
	r := &account.Remap{Name: "app", UID: 1000, GID: 1001}
	for name, spoil := range map[string]func(t *testing.T, f Files) error{
		"passwd is a link": func(t *testing.T, f Files) error {
			return errors.Join(os.Rename(f.Passwd, f.Passwd+".real"), os.Symlink(f.Passwd+".real", f.Passwd))
		},
		"group is a link": func(t *testing.T, f Files) error {
			return errors.Join(os.Rename(f.Group, f.Group+".real"), os.Symlink(f.Group+".real", f.Group))
		},
		"group has another name": func(t *testing.T, f Files) error { return os.Link(f.Group, f.Group+".real") },
		"passwd is mounted":      func(t *testing.T, f Files) error { return bind(t, f.Passwd) },
		"group is mounted":       func(t *testing.T, f Files) error { return bind(t, f.Group) },
	} {
		t.Run(name, func(t *testing.T) {
			f := files(t)
			if err := spoil(t, f); err != nil {
				t.Fatal(err)
			}
			if changed, err := f.Remap(r); changed || err == nil || !strings.HasPrefix(err.Error(), "cannot write "+filepath.Dir(f.Passwd)) {
				t.Error(changed, err)
			}
			f.want(t, passwd, group)
		})
	}
}

func bind(t *testing.T, file string) error {
	skip.UnlessRoot(t, "to mount")
	err := unix.Mount(file, file, "", unix.MS_BIND, "")
	t.Cleanup(func() { _ = unix.Unmount(file, unix.MNT_DETACH) })
	return err
}

// TestAppend: once, and after the end of the last line.
func TestAppend(t *testing.T) {
	e := &account.Entry{Name: "default", UID: 1000620000, GID: 0, Home: "/tmp/h"}
	line := account.Line(e)
	for name, c := range map[string]struct{ before, after string }{
		"an end":               {"root:x:0:0::/:\n", "root:x:0:0::/:\n" + line},
		"no end":               {"root:x:0:0::/:", "root:x:0:0::/:\n" + line},
		"empty":                {"", line},
		"it is there":          {line + "x:x:1:1::/:\n", line + "x:x:1:1::/:\n"},
		"the half of it":       {"root:x:0:0::/:\n" + line[:20], "root:x:0:0::/:\n" + line},
		"all but its end":      {"root:x:0:0::/:\n" + line[:len(line)-1], "root:x:0:0::/:\n" + line},
		"another one's":        {"other:x:1000620000:0::/:\n", "other:x:1000620000:0::/:\n"},
		"the beginning of one": {"root:x:0:0::/:\nd", "root:x:0:0::/:\nd\n" + line},
	} {
		file := t.TempDir() + "/passwd"
		if err := os.WriteFile(file, []byte(c.before), 0o664); err != nil {
			t.Fatal(err)
		}
		added, err := Append(file, e)
		got, _ := os.ReadFile(file)
		if err != nil || string(got) != c.after || added != (c.before != c.after) {
			t.Errorf("%s: %v %v\n%s", name, added, err, got)
		}
	}
}

// TestAppendRefused: not through a link, and not where the file may not be written.
func TestAppendRefused(t *testing.T) {
	dir := t.TempDir()
	e := &account.Entry{Name: "default", UID: 1000620000}
	if err := errors.Join(os.WriteFile(dir+"/real", nil, 0o600), os.Symlink("real", dir+"/link"), syscall.Mkfifo(dir+"/fifo", 0o600), os.Mkdir(dir+"/dir", 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/link", "/fifo", "/dir", "/none"} {
		if added, err := Append(dir+name, e); added || err == nil {
			t.Error(name, added, err)
		}
	}
}
