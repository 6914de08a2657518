package ownership

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/config"
	"entrypoint/config/account"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/prelude/ownership/accountfile"
	"entrypoint/supervisor/prelude/ownership/tree"
	"entrypoint/supervisor/skip"
)

// TestMain is the process that walks as well.
func TestMain(m *testing.M) {
	if os.Args[0] == Name {
		os.Exit(Serve())
	}
	os.Exit(m.Run())
}

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:999:999::/srv:/bin/false\ntaken:x:1000:1000::/:/bin/false\n"
	group  = "root:x:0:\napp:x:999:\ntaken:x:1000:\n"
)

// world is what the step finds and does.
type world struct {
	Options
	env map[string]string
	log []string
}

func newWorld(t *testing.T, uid int) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{env: map[string]string{"HOME": "/"}}
	w.Options = Options{
		Settings: &config.Ownership{}, Run: run, Executable: "/proc/self/exe",
		Pipe:   func() (*os.File, func(time.Duration), error) { return nil, nil, errors.New("none") },
		Ask:    func(_ string, f func() bool) bool { return f() },
		Log:    func(line string) { w.log = append(w.log, line) },
		Getenv: func(name string) string { return w.env[name] }, Setenv: func(name, value string) { w.env[name] = value },
		Home:  func() (string, string) { return "/new/home", "" },
		Files: accountfile.Files{Passwd: dir + "/passwd", Group: dir + "/group"}, uid: func() int { return uid },
	}
	if err := errors.Join(os.WriteFile(w.Files.Passwd, []byte(passwd), 0o600), os.WriteFile(w.Files.Group, []byte(group), 0o600)); err != nil {
		t.Fatal(err)
	}
	return w
}

// run runs the process that walks.
func run(c *launch.Command) (launch.Result, error) {
	cmd := exec.Command(c.File)
	cmd.Args, cmd.Env, cmd.ExtraFiles, cmd.Stderr = c.Argv, c.Env, c.Files, os.Stderr
	err := cmd.Run()
	return launch.Result{Code: cmd.ProcessState.ExitCode()}, err
}

func (w *world) want(t *testing.T, want string, wantErr string, log ...string) *Error {
	t.Helper()
	explained := Explain(w.Options)
	out, err := Run(w.Options)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if out.What != want || text != wantErr || strings.Join(w.log, "\n") != strings.Join(log, "\n") {
		t.Errorf("%+v, %v, log:\n%s", out, err, strings.Join(w.log, "\n"))
	}
	if len(explained) == 0 && out.What != "" {
		t.Error("it is not explained")
	}
	w.log = nil
	failed, _ := err.(*Error)
	return failed
}

// TestNothing: where nobody asks for anything nothing is looked at, as root.
func TestNothing(t *testing.T) {
	w := newWorld(t, 0)
	w.Files = accountfile.Files{Passwd: "/none/passwd", Group: "/none/group"}
	if out, err := Run(w.Options); out != (Outcome{}) || err != nil || len(Explain(w.Options)) > 0 {
		t.Error(out, err)
	}
}

// TestOwn: the process walks, what it says is logged, and the next start needs no process.
func TestOwn(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	w, dir := newWorld(t, 0), t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Settings.Own = []config.Owned{{Path: dir, Name: "app", UID: 999, GID: tree.Keep, Group: 999}, {Path: dir + "2", Name: "x:y", UID: 5, GID: 6, Group: 6}}
	wantLines := []string{"gives what is in " + dir + " and belongs to others to app", "makes " + dir + "2 for x:y"}
	if lines := Explain(w.Options); !slices.Equal(lines, wantLines) {
		t.Errorf("%q", lines)
	}
	w.want(t, "gave files to their owners", "", "ownership: "+dir+": gave 2 of 2 entries to app", "ownership: made "+dir+"2 for x:y")
	var st syscall.Stat_t
	if err := syscall.Stat(dir+"/file", &st); err != nil || st.Uid != 999 {
		t.Error(st.Uid, err)
	}
	skip.Unless(t, tree.Settled(order(&w.Settings.Own[0])), "user attributes of the file system of "+dir)
	w.Run = nil
	w.want(t, "", "")
	w.Ask = func(string, func() bool) bool { return false } // the file system does not answer
	w.Run = func(c *launch.Command) (launch.Result, error) {
		if c.Rewrite[syscall.SIGQUIT] != syscall.SIGTERM {
			t.Error("the process gets SIGQUIT, and prints the stacks of its goroutines into the log")
		}
		return launch.Result{Code: 143, Stopped: syscall.SIGTERM}, nil
	}
	if e := w.want(t, "", "stopped"); e.Stopped() != syscall.SIGTERM || e.ExitCode() != 143 {
		t.Errorf("%+v", e)
	}
}

// TestOwnFails: all that could not be done is told in one error; and that the process has
// ended before it was done.
func TestOwnFails(t *testing.T) {
	skip.UnlessRoot(t, "to give files away")
	w := newWorld(t, 0)
	w.Settings.Own = []config.Owned{{Path: "/proc/none", Name: "app", UID: 999, GID: tree.Keep}, {Path: "/", Name: "app", UID: 999, GID: tree.Keep}}
	if e := w.want(t, "", "cannot make \"/proc/none\": no such file or directory\ncannot give away \"/\": it is the root directory"); e.ExitCode() != 78 || e.Stopped() != 0 {
		t.Errorf("%+v", e)
	}
	w.Run = func(*launch.Command) (launch.Result, error) { return launch.Result{Code: 137}, nil }
	if e := w.want(t, "", "the process that gives files away has ended with exit code 137 before it was done"); e.ExitCode() != 1 {
		t.Errorf("%+v", e)
	}
}

// TestRemap: what is written, that it is said once, and what is said where it cannot be.
func TestRemap(t *testing.T) {
	w := newWorld(t, 0)
	w.Settings.Remap = &account.Remap{Name: "app", UID: 1000, GID: 1000}
	both := "ownership: user 1000 is taken as well, group 1000 is taken as well"
	w.want(t, "app is 1000:1000 now", "", both)
	if p, g, _ := w.Files.Read(); !strings.Contains(p, "\napp:x:1000:1000:") || !strings.Contains(g, "\napp:x:1000:") {
		t.Error(p, g)
	}
	w.want(t, "", "", both)

	w = newWorld(t, 0)
	w.Settings.Remap = &account.Remap{Name: "app", UID: 1001, GID: account.Keep}
	real := w.Files.Passwd + ".real"
	if err := errors.Join(os.Rename(w.Files.Passwd, real), os.Symlink(real, w.Files.Passwd)); err != nil {
		t.Fatal(err)
	}
	w.want(t, "", "", "ownership: cannot write "+w.Files.Passwd+": it is not a regular file: app is user 1001 all the same, but tools do not see the name")

	w = newWorld(t, 1001) // not root: they are our numbers already
	w.Settings.Remap = &account.Remap{Name: "app", UID: 1001, GID: account.Keep}
	if err := os.WriteFile(w.Files.Passwd, []byte(passwd+"own:x:1001:0::/:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.want(t, "", "")
}

// TestNameless: a user without an entry gets a HOME, a USER and an entry, and has them after
// a restart of the container as well, which gives him the entry but not the variables.
func TestNameless(t *testing.T) {
	w := newWorld(t, 1000620000)
	name := filepath.Base(w.Files.Passwd)
	w.want(t, "HOME is /new/home, user 1000620000 is default in "+w.Files.Passwd, "")
	want := map[string]string{"HOME": "/new/home", "USER": "default", "LOGNAME": "default"}
	if !reflect.DeepEqual(w.env, want) {
		t.Error(w.env)
	}
	text, _ := os.ReadFile(w.Files.Passwd)
	if !strings.HasPrefix(string(text), passwd+"default:x:1000620000:") || !strings.HasSuffix(string(text), ":/new/home:/sbin/nologin\n") || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%s:\n%s", name, text)
	}
	w.env = map[string]string{"HOME": "/"}
	if out, err := Run(w.Options); err != nil || out.What != "HOME is /new/home" || !reflect.DeepEqual(w.env, want) {
		t.Error(out, err, w.env)
	}
	if again, _ := os.ReadFile(w.Files.Passwd); string(again) != string(text) {
		t.Errorf("a second time:\n%s", again)
	}
	if w := newWorld(t, 1000); true { // who has an entry
		w.want(t, "", "")
	}
	w = newWorld(t, 7)
	w.env["USER"], w.env["HOME"] = "root", "/a:b"
	w.Home = func() (string, string) { return "", "" }
	w.want(t, "user 7 is default in "+w.Files.Passwd, "")
	if e, _ := account.ByUID(must(os.ReadFile(w.Files.Passwd)), 7); e.Home != "/" || w.env["USER"] != "root" {
		t.Errorf("%+v", e)
	}
	w = newWorld(t, 7)
	w.Home = func() (string, string) { return "", "nothing can be made" }
	w.Files.Passwd += ".none"
	w.want(t, "user 7 has no name in "+w.Files.Passwd, "", `ownership: HOME is "/", which user 7 cannot write, and nothing can be made`)
}

func must(text []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestProgress: every five seconds a line, in fake time.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		done := make(chan struct{})
		go progress("/data", &tree.Report{}, &text, progressEvery, done)
		time.Sleep(12 * time.Second)
		close(done)
		synctest.Wait()
		if want := strings.Repeat("ownership: /data: 0 entries, 0 changed so far\n", 2); text.String() != want {
			t.Errorf("%q", text.String())
		}
	})
}

// TestOrders: what one process writes the other reads; what is not whole is refused.
func TestOrders(t *testing.T) {
	orders := []*tree.Order{{Path: "/a b\n:", Name: "x", UID: 1, GID: tree.Keep, Group: 3}, {Path: "/c", Name: "", UID: 4294967294}}
	text := encode(orders)
	if got, err := decode(text); err != nil || !reflect.DeepEqual(got, orders) {
		t.Error(got, err)
	}
	if got, err := decode(""); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	for _, bad := range []string{"a", text[:len(text)-1], text + "x", "a\x00b\x00c\x00d\x00e\x00"} {
		if _, err := decode(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	if _, err := filled(strings.Repeat("x", 1<<20)); err == nil || err.Error() != "own is too long" {
		t.Error(err)
	}
}
