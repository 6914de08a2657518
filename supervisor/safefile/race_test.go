package safefile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// attacker is the environment variable that makes the test binary another user's
// process: what it does, and in which tree.
const attacker = "SAFEFILE_ATTACKER"

func TestMain(m *testing.M) {
	what, root, ok := strings.Cut(os.Getenv(attacker), ":")
	if !ok {
		os.Exit(m.Run())
	}
	if what == "anybody" {
		if err := anybody(root); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	attack(what, root)
}

// binary is where every user can execute the test binary.
func binary(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "safefile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "test")
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// as runs one of the functions of TestMain as another user to its end.
func as(t *testing.T, who *syscall.Credential, what, root string) {
	t.Helper()
	c := exec.Command(binary(t))
	c.Env = []string{attacker + "=" + what + ":" + root}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// attack exchanges what the attacked process opens, until it is killed.
func attack(what, root string) {
	if err := os.Chdir(root + "/log"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	exchange := func(a, b string) {
		_ = unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	}
	for n := 0; ; n++ {
		switch what {
		case "link":
			_ = os.WriteFile("out", nil, 0o644)
			_ = os.Symlink("../etc/victim", "trap")
			for i := range 1000 {
				exchange("out", "trap")
				spin(i)
			}
		case "directory":
			_ = os.Mkdir("dir", 0o755)
			_ = os.Symlink("../etc", "trap")
			for i := range 1000 {
				exchange("dir", "trap")
				spin(i)
			}
		case "hard link":
			// As the sysctl fs.protected_hardlinks = 0 allows it to everybody.
			_ = unix.Link("../etc/victim", "out")
			spin(n)
			_ = unix.Unlink("out")
			spin(n + 7)
		}
	}
}

// spin waits for some microseconds, another number each time: so the attacked process
// gets its turn at the directory's lock, and each of its moments is met.
func spin(n int) {
	for end := time.Now().Add(time.Duration(n*7919%50) * time.Microsecond); time.Now().Before(end); {
	}
}

// attackFor is how long each attack lasts, and attackMost how many rounds it has.
const (
	attackFor  = 2 * time.Second
	attackMost = 200_000
)

// TestRaces: somebody exchanges a file, or a directory on the way, all the time, while
// root opens, empties, reads, rotates and removes. The victim is untouched (plant looks),
// and both ways of it have been met.
func TestRaces(t *testing.T) {
	for _, c := range []struct {
		what, path string
		uid        uint32
	}{
		{"link", "log/out", nobody},
		{"directory", "log/dir/victim", nobody},
		{"hard link", "log/out", 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			tr := plant(t)
			tr.must(os.Chmod(filepath.Dir(tr.root), 0o755))
			p := exec.Command(binary(t))
			p.Env = []string{attacker + "=" + c.what + ":" + tr.root}
			p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.uid, Gid: c.uid}}
			tr.must(p.Start())
			defer func() {
				_ = p.Process.Kill()
				_ = p.Wait()
			}()
			path := tr.path(c.path)
			var done, refused, other, rounds int
			count := func(err error) {
				refusal := (*Refusal)(nil)
				switch {
				case err == nil:
					done++
				case errors.As(err, &refusal):
					refused++
				default:
					other++
				}
			}
			for end := time.Now().Add(attackFor); rounds < attackMost && time.Now().Before(end); rounds++ {
				count(use(Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT, 0o644)))
				count(Write(path, []byte("text"), 0, 0))
				text, err := Read(path, 100)
				if count(err); string(text) == untouched {
					t.Fatalf("the victim has been read")
				}
				if rounds%100 == 0 && c.what != "link" {
					count(Replace(path, []byte("mark"), 0o644))
					count(Remove(path))
				}
			}
			t.Logf("%d rounds: %d done, %d refused, %d failed", rounds, done, refused, other)
			if rounds < 100 || done < 10 || refused < 10 {
				t.Errorf("too few to count")
			}
		})
	}
}
