package watch

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/skip"
)

// TestLinks: a binary behind links, as update-alternatives makes them, and in a
// release that is switched by a link. Each of them may change, and the files that
// they lead to now, but not those that they led to before.
func TestLinks(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	for _, release := range []string{"v1", "v2", "v3"} {
		f.write(release+"/bin/app", release, 0o755)
	}
	f.must(os.MkdirAll(f.path("usr/bin"), 0o755))
	f.must(os.Mkdir(f.path("alternatives"), 0o755))
	f.link("v1", "current")
	f.link(f.path("current")+"/bin/app", "alternatives/app")
	f.link("../../alternatives/app", "usr/bin/app")
	f.add("web", f.path("usr/bin/app"), config.Watch{Binary: true})

	f.write("v1/bin/app", "newer v1", 0o755)
	f.tells("web binary")
	f.link("v2", "current")
	f.tells("web binary")
	f.write("v1/bin/app", "of no interest", 0o755)
	f.silent()
	f.write("v2/bin/app", "newer v2", 0o755)
	f.tells("web binary")
	f.link("../v3/bin/app", "alternatives/app")
	f.tells("web binary")
	f.write("v2/bin/app", "of no interest", 0o755)
	f.link("v1", "current")
	f.silent()
	f.write("v3/bin/app", "newer v3", 0o755)
	f.tells("web binary")
	f.link("nowhere", "usr/bin/app")
	f.silent()
	f.link("../../v1/bin/app", "usr/bin/app")
	f.tells("web binary")
}

// TestDirectoryReplaced: a package manager puts a whole directory in the place of
// the old one, and it is gone for a while.
func TestDirectoryReplaced(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("opt/app/bin/app", "1", 0o755)
	f.add("web", f.path("opt/app/bin/app"), config.Watch{Binary: true, Directory: f.path("opt/app/bin")})
	f.rename("opt/app", "opt/old")
	f.silent()
	f.write("opt/old/bin/app", "of no interest", 0o755)
	f.silent()
	f.write("opt/new/bin/app", "2", 0o755)
	f.rename("opt/new", "opt/app")
	f.tells("web binary", "web files")
	f.must(os.RemoveAll(f.path("opt")))
	f.silent()
	f.write("opt/app/bin/app", "3", 0o755)
	f.tells("web binary", "web files")
	f.write("opt/app/bin/app", "4th", 0o755)
	f.tells("web binary", "web files")
}

// TestNotThereYet: what is not there is waited for, wherever the way ends.
func TestNotThereYet(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.add("web", f.path("a/b/app"), config.Watch{Binary: true})
	f.must(os.MkdirAll(f.path("a/b"), 0o755))
	f.silent()
	f.write("a/b/app", "1", 0o755)
	f.tells("web binary")
	f.must(os.Symlink("loop", f.path("loop")))
	if err := f.w.Add("loop", f.path("loop"), config.Watch{Binary: true}); err == nil || !strings.Contains(err.Error(), "too many levels of symbolic links") {
		t.Error(err)
	}
}

// TestRelease: the root of a tree is a link that is set to the next release.
func TestRelease(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("releases/1/app/main.py", "1", 0o644)
	f.write("releases/2/app/main.py", "2", 0o644)
	f.link("releases/1", "current")
	f.add("web", "", config.Watch{Directory: f.path("current/app")})
	f.link("releases/2", "current")
	f.tells("web files")
	f.write("releases/1/app/main.py", "old", 0o644)
	f.silent()
	f.write("releases/2/app/main.py", "new", 0o644)
	f.tells("web files")
}

// TestBeingWritten: a binary that somebody writes to is not told of, whatever
// else happens to it, and neither is one that cannot be executed yet.
func TestBeingWritten(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("app", "one", 0o755)
	f.add("web", f.path("app"), config.Watch{Binary: true})
	f.must(os.Remove(f.path("app"))) // one change, and the burst ends amid the next
	out, err := os.OpenFile(f.path("app"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	f.must(err)
	_, err = io.WriteString(out, "half")
	f.must(err)
	f.silent()
	f.must(out.Close())
	f.tells("web binary")

	f.must(os.Remove(f.path("app")))
	f.write("app", "a download", 0o644)
	f.silent()
	f.must(os.Chmod(f.path("app"), 0o755))
	f.tells("web binary")
	f.must(os.Chmod(f.path("app"), 0o700))
	f.silent()
}

// TestOwnAffairs: what programs and editors make for themselves does not count
// where every name would, but does for a pattern that asks for it.
func TestOwnAffairs(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("app/app.log", "1", 0o644)
	f.write("app/app.pid", "1", 0o644)
	for name, pattern := range map[string]string{"every": "", "star": "*", "log": "*.log*"} {
		f.add(name, "", config.Watch{Directory: f.path("app"), Pattern: pattern})
	}
	f.write("app/.main.py.swp", "1", 0o644)
	f.write("app/main.py~", "1", 0o644)
	f.write("app/__pycache__/main.cpython-311.pyc", "1", 0o644)
	f.write("app/.git/index", "1", 0o644)
	f.must(os.RemoveAll(f.path("app/__pycache__")))
	f.must(os.Remove(f.path("app/app.pid")))
	f.silent()
	f.rename("app/app.log", "app/app.log.1")
	f.write("app/app.log", "2", 0o644)
	f.tells("log files")
	f.write("app/style.css", "1", 0o644)
	f.tells("every files", "star files")
}

// TestOverflow: when the kernel's queue has lost events, everything may have
// changed; and a directory that it did not tell of is found.
func TestOverflow(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	f.write("app", "one", 0o755)
	f.must(os.Mkdir(f.path("tree"), 0o755))
	f.add("web", f.path("app"), config.Watch{Binary: true, Directory: f.path("tree")})
	f.add("same", f.path("app"), config.Watch{Binary: true})
	f.w.busy <- struct{}{} // nobody reads on
	limit, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	f.must(err)
	var events int
	_, err = fmt.Sscan(string(limit), &events)
	f.must(err)
	for range events/2 + 1000 { // two events each: two equal ones in a row would be one
		f.must(unix.Mknod(f.path("tree/fifo"), unix.S_IFIFO|0o644, 0))
		f.must(os.Remove(f.path("tree/fifo")))
	}
	f.must(os.MkdirAll(f.path("tree/deep/er"), 0o755))
	f.write("app", "another", 0o755)
	<-f.w.busy
	f.tells("web binary", "web files", "same binary")
	f.write("tree/deep/er/file", "text", 0o644)
	f.tells("web files")
}

// TestLimit: the error names the sysctl. The limit is that of a user namespace,
// in which the test runs again.
func TestLimit(t *testing.T) {
	const inside = "WATCH_TEST_LIMIT"
	if os.Getenv(inside) == "" {
		again := exec.Command(os.Args[0], "-test.run=^TestLimit$", "-test.v")
		again.Env = append(os.Environ(), inside+"=1")
		again.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := again.CombinedOutput()
		if err != nil && !strings.Contains(string(out), "=== RUN") {
			skip.Unless(t, false, "user namespaces: "+err.Error())
		}
		if err != nil || !strings.Contains(string(out), "--- PASS: TestLimit") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	f := setUp(t)
	for i := range 20 {
		f.must(os.MkdirAll(f.path(fmt.Sprintf("tree/%d", i)), 0o755))
	}
	f.must(os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("10"), 0))
	err := f.w.Add("web", "", config.Watch{Directory: f.path("tree")})
	if err == nil || strings.Count(err.Error(), "\n") > 0 ||
		!strings.HasPrefix(err.Error(), "cannot watch "+f.path("tree/")) || !strings.HasSuffix(err.Error(), ": fs.inotify.max_user_watches is used up; raise it with sysctl") {
		t.Error(err)
	}
	f.write("tree/0/file", "what is watched is told of", 0o644)
	f.tells("web files")
	f.w.Remove("web")
	f.must(os.WriteFile("/proc/sys/user/max_inotify_instances", []byte("0"), 0))
	err = f.w.Add("web", "", config.Watch{Directory: f.path("tree")})
	if err == nil || err.Error() != "cannot watch files: fs.inotify.max_user_instances is used up; raise it with sysctl" {
		t.Error(err)
	}
}
