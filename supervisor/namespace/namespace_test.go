package namespace

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/skip"
)

// TestMain is also a process that says where others are.
func TestMain(m *testing.M) {
	if pids := os.Getenv("NAMESPACE_TEST_OF"); pids != "" {
		for pid := range strings.FieldsSeq(pids) {
			n, _ := strconv.Atoi(pid)
			fmt.Print(Of(n), " ")
		}
		fmt.Print(Visible(), " ", Parent(1), " ", Entered())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// sleeper starts a process with namespaces of its own, by clone flags.
func sleeper(t *testing.T, flags uintptr) int {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd.Process.Pid
}

func TestOf(t *testing.T) {
	skip.UnlessRoot(t, "for namespaces")
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	dead := zombie.Process.Pid
	eventually.So(t, "a zombie", func() bool {
		stat, _ := os.ReadFile(of(dead, "stat"))
		return strings.Contains(string(stat), ") Z ")
	}, nil)
	check := func(what string, pid int, want Place) {
		t.Helper()
		if got := Of(pid); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	check("a zombie", dead, Elsewhere)
	_ = zombie.Wait()
	check("gone", dead, Elsewhere)
	check("not seen", 0, Elsewhere)
	check("ourselves", os.Getpid(), Here)
	check("our parent", os.Getppid(), Here)
	same, mounts, below := sleeper(t, 0), sleeper(t, syscall.CLONE_NEWNS), sleeper(t, syscall.CLONE_NEWPID|syscall.CLONE_NEWNS)
	check("a child", same, Here)
	check("another mount namespace", mounts, Elsewhere)
	check("another PID namespace", below, Below)
	if got := Parent(same); got != os.Getpid() {
		t.Errorf("parent %d, want %d", got, os.Getpid())
	}
	if got := Parent(dead); got != -1 {
		t.Errorf("parent of nobody: %d", got)
	}
	if list := Ancestors(); len(list) == 0 || list[0] != os.Getppid() || First() == 0 {
		t.Errorf("ancestors %v, first %d", list, First())
	}

	// Others see it as well, who may not trace these processes.
	if got, want := seen(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}, same, mounts, below), fmt.Sprint(Here, Elsewhere, Below, true, 0); !strings.HasPrefix(got, want+" ") {
		t.Errorf("nobody sees %q, want %q", got, want)
	}
	// From a PID namespace below, with the /proc of this one, nothing can be said.
	if got, want := seen(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}, os.Getpid(), 0), fmt.Sprint(Unknown, Elsewhere, false); !strings.HasPrefix(got, want+" ") {
		t.Errorf("from below: %q, want %q", got, want)
	}
}

// seen is what another process prints.
func seen(t *testing.T, attr *syscall.SysProcAttr, pids ...int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "namespace") // t.TempDir's parent is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "test"), self, 0o755)
	}
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "test"))
	cmd.Env, cmd.Dir, cmd.SysProcAttr = []string{"NAMESPACE_TEST_OF=" + strings.Trim(fmt.Sprint(pids), "[]")}, "/", attr
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}
