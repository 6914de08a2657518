package safefile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rendered is a file that is to be, which belongs to us.
func rendered(data string) File { return File{Data: data, Mode: 0o640, UID: -1, GID: -1} }

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	install := func(f File, wanted bool) {
		t.Helper()
		is, err := Installed(path, f)
		if is == wanted || err != nil {
			t.Errorf("before: installed %v (%v)", is, err)
		}
		changed, err := Install(path, f)
		if err != nil || changed != wanted {
			t.Fatalf("changed %v, want %v (%v)", changed, wanted, err)
		}
		data, _ := os.ReadFile(path)
		if info, err := os.Stat(path); err != nil || string(data) != f.Data || uint32(info.Mode()) != f.Mode {
			t.Errorf("%q, %v (%v)", data, info.Mode(), err)
		}
		if names, _ := os.ReadDir(dir); len(names) != 1 {
			t.Errorf("in the directory: %v", names)
		}
	}
	install(rendered("one"), true)
	before, _ := os.Stat(path)
	install(rendered("one"), false)
	if after, _ := os.Stat(path); !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the unchanged file has been written")
	}
	install(rendered("two"), true)
	install(rendered(strings.Repeat("large ", 100_000)), true)
	install(rendered(strings.Repeat("large ", 100_000)), false)
	install(rendered(""), true)
	install(File{Mode: 0o600, UID: -1, GID: -1}, true) // the permissions
	// What a killed writer has left goes away, also where nothing else is to be done.
	for _, wanted := range [...]bool{false, true} {
		if err := os.WriteFile(filepath.Join(dir, ".file.entry-point"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := File{Mode: 0o600, UID: -1, GID: -1}
		if wanted {
			f.Data = "new"
		}
		install(f, wanted)
	}
	// A directory of that name is told, and stays.
	if err := os.Mkdir(filepath.Join(dir, ".file.entry-point"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(path, rendered("x")); err == nil || err.Error() != "cannot remove .file.entry-point, which is in the way: is a directory" {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, ".file.entry-point")); err != nil {
		t.Error(err)
	}
	for _, name := range [...]string{"", "/", "/.", "/fifo", "/none/file"} {
		_ = unix.Mkfifo(dir+"/fifo", 0o600)
		if _, err := Install(dir+name, rendered("x")); err == nil {
			t.Errorf("%q is installed", name)
		}
	}
	if os.Geteuid() != 0 {
		if _, err := Install(path, File{Data: "x", UID: 1, GID: -1}); err == nil {
			t.Error("the file has been given away")
		}
	}
}

// TestInstallAttacks: in a directory of somebody else's neither his link nor his hard link
// leads anywhere, and what he has put at our temporary name is removed.
func TestInstallAttacks(t *testing.T) {
	for name, attack := range map[string]func(tr *tree){
		"link":                func(tr *tree) { tr.link("~/etc/victim", "log/x", nobody) },
		"hard link":           func(tr *tree) { tr.must(os.Link(tr.path("etc/victim"), tr.path("log/x"))) },
		"file of his":         func(tr *tree) { tr.write("log/x", nobody, 0o644, "new") },
		"temporary link":      func(tr *tree) { tr.link("~/etc/victim", "log/.x.entry-point", nobody) },
		"temporary hard link": func(tr *tree) { tr.must(os.Link(tr.path("etc/victim"), tr.path("log/.x.entry-point"))) },
		"temporary fifo":      func(tr *tree) { tr.fifo("log/.x.entry-point", nobody) },
	} {
		t.Run(name, func(t *testing.T) {
			tr := plant(t)
			attack(tr)
			if changed, err := Install(tr.path("log/x"), File{Data: "new", Mode: 0o644, UID: -1, GID: -1}); err != nil || !changed {
				t.Fatal(changed, err)
			}
			info, err := os.Lstat(tr.path("log/x"))
			if err != nil || !info.Mode().IsRegular() || info.Sys().(*syscall.Stat_t).Uid != 0 || info.Sys().(*syscall.Stat_t).Nlink != 1 {
				t.Errorf("%v (%v)", info, err)
			}
			if names, _ := os.ReadDir(tr.path("log")); len(names) != 1 {
				t.Errorf("in the directory: %v", names)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		tr := plant(t)
		tr.link("~/etc", "log/sub", nobody)
		refusal := (*Refusal)(nil)
		if _, err := Install(tr.path("log/sub/victim"), rendered("x")); !errors.As(err, &refusal) {
			t.Error(err)
		}
	})
	t.Run("link of root's", func(t *testing.T) { // as an image has it
		tr := plant(t)
		tr.mkdir("conf", 0, 0o755)
		tr.link("../log/y", "conf/x", 0)
		if _, err := Install(tr.path("conf/x"), rendered("x")); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(tr.path("log/y")); string(data) != "x" {
			t.Errorf("%q (%v)", data, err)
		}
	})
}

// TestInstallOwner: as root, the owner that is wanted, before anybody can read it.
func TestInstallOwner(t *testing.T) {
	tr := plant(t)
	f := File{Data: "x", Mode: 0o600, UID: nobody, GID: 7}
	for _, want := range [...]bool{true, false} {
		if changed, err := Install(tr.path("log/x"), f); err != nil || changed != want {
			t.Fatal(changed, err)
		}
	}
	info, _ := os.Stat(tr.path("log/x"))
	if st := info.Sys().(*syscall.Stat_t); st.Uid != nobody || st.Gid != 7 {
		t.Error(st.Uid, st.Gid)
	}
}

// TestInstallTogether: of several writers each puts a whole file there, whoever is last.
func TestInstallTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			text := strings.Repeat(string(rune('a'+n)), 100_000)
			for range 20 {
				if _, err := Install(path, rendered(text)); err != nil {
					t.Error(err)
				}
				data, err := os.ReadFile(path)
				if err != nil || len(data) != 100_000 || strings.Trim(string(data), string(data[:1])) != "" {
					t.Errorf("%d bytes (%v)", len(data), err)
				}
			}
		})
	}
	writers.Wait()
}

// TestInstallRace: the name is exchanged with a link to the victim all the time.
func TestInstallRace(t *testing.T) {
	tr := plant(t)
	tr.must(os.Chmod(filepath.Dir(tr.root), 0o755))
	p := exec.Command(binary(t))
	p.Env = []string{attacker + "=link:" + tr.root}
	p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	tr.must(p.Start())
	defer func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	}()
	done := 0
	for end := time.Now().Add(attackFor / 2); time.Now().Before(end); {
		if changed, err := Install(tr.path("log/out"), rendered(strconv.Itoa(done))); err == nil && changed {
			done++
		}
	}
	if done < 10 {
		t.Errorf("%d rounds are too few to count", done)
	}
}
