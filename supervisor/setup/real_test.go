package setup

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// contains fails the test unless the text has all the parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q in:\n%s", part, text)
		}
	}
}

// application is a box with the requirement files of an application.
func application(t *testing.T, volume string) *box {
	t.Helper()
	b := newBox(t, volume, "python3-pip")
	b.useArchives()
	b.write("/app/requirements_os.txt", "ep-app ep-daemon # two on one line\n\n# a comment\nep-tool=1.0\n")
	b.write("/app/requirements.txt", "ep.demo==1.0 # a comment\n")
	return b
}

// sound checks that everything the application declares is there and that
// nothing is half done or left behind.
func (b *box) sound() {
	b.t.Helper()
	out := b.sh(`dpkg --audit; dpkg --verify | grep -v ' c /etc/' || :
		dpkg-query -W -f '${Package}=${Version} ${Status}\n' ep-app ep-base ep-conf ep-daemon ep-tool
		cat /var/lib/ep-app/configured; ls /usr/share/ep-base | wc -l
		python3 -c 'import ep_demo, ep_needed; print("ep_demo", ep_demo.version)'
		ls -A /app /var/lib/dpkg/updates /usr/sbin/policy-rc.d* 2>&1 | grep -e policy -e debug0 -e '^[0-9]'`)
	want := `ep-app=1.0 install ok installed
ep-base=1.0 install ok installed
ep-conf=1.0 install ok installed
ep-daemon=1.0 install ok installed
ep-tool=1.0 install ok installed
yes
300
ep_demo 1.0
ls: cannot access '/usr/sbin/policy-rc.d*': No such file or directory
debug0`
	if out != want {
		b.t.Fatalf("the container is not sound, got:\n%s\nwant:\n%s", out, want)
	}
}

func TestStarts(t *testing.T) {
	t.Parallel()
	b := application(t, "")
	b.write("/etc/ep-conf.conf", "the image's own\n")

	out := b.ready(nil)
	contains(t, out,
		"setup: requirements_os.txt: fetching package lists",
		"setup: requirements_os.txt: installing ep-app ep-daemon ep-tool=1.0 with apt-get",
		"setup: requirements_os.txt: done in ",
		"PEP 668",
		"setup: requirements.txt: installing with pip3",
		"setup: requirements.txt: done in ")
	b.sound()
	if b.there("/var/lib/ep-daemon-started") {
		t.Error("a package started its daemon")
	}
	if got := b.sh("cat /etc/ep-conf.conf"); got != "the image's own" {
		t.Errorf("configuration file of the image became %q", got)
	}

	t.Run("second", func(t *testing.T) {
		out := b.ready(func(s *boxSpec) { s.NoProcess = true })
		if n := strings.Count(out, "\n"); n != 1 {
			t.Errorf("an unchanged start says something:\n%s", out)
		}
		t.Log(out)
	})
	t.Run("read-only", func(t *testing.T) {
		b.ready(func(s *boxSpec) { s.NoProcess = true; s.ReadOnly = []string{"/app"} })
	})
	t.Run("changed", func(t *testing.T) {
		b.write("/app/requirements.txt", "ep-demo == 2.0\n")
		out := b.ready(nil)
		contains(t, out, "setup: requirements.txt: has changed")
		lacks(t, out, "requirements_os.txt")
		if got := b.sh(`python3 -c 'import ep_demo; print(ep_demo.version)'`); got != "2.0" {
			t.Errorf("ep_demo is %s", got)
		}
	})
	t.Run("first ignores changes", func(t *testing.T) {
		b.write("/app/requirements.txt", "ep-demo == 1.0\n")
		b.ready(func(s *boxSpec) { s.NoProcess = true; s.Policy = "first" })
	})
	t.Run("off", func(t *testing.T) {
		b.ready(func(s *boxSpec) { s.NoProcess = true; s.Policy = "off" })
	})
	t.Run("pinned version", func(t *testing.T) {
		b.write("/app/requirements_os.txt", "ep-app ep-daemon ep-tool=2.0")
		b.ready(nil)
		if got := b.sh("cat /usr/share/ep-tool"); got != "2.0" {
			t.Errorf("ep-tool is %s", got)
		}
	})
	t.Run("older version", func(t *testing.T) {
		b.write("/app/requirements_os.txt", "ep-app ep-daemon ep-tool=1.0")
		b.ready(nil)
		if got := b.sh("cat /usr/share/ep-tool"); got != "1.0" {
			t.Errorf("ep-tool is %s", got)
		}
		b.write("/app/requirements_os.txt", "ep-app ep-daemon ep-tool=2.0")
		b.ready(nil)
	})
	t.Run("always", func(t *testing.T) {
		out := b.ready(func(s *boxSpec) { s.Policy = "always" })
		contains(t, out, "requirements_os.txt: runs at every start", "requirements.txt: runs at every start")
	})
	t.Run("package removed by hand", func(t *testing.T) {
		b.sh("dpkg --purge ep-daemon && pip3 uninstall -qy --break-system-packages ep-demo")
		out := b.ready(nil)
		contains(t, out, "is gone: ep-daemon", "dist-info")
		b.sh("dpkg-query -W ep-daemon && python3 -c 'import ep_demo'")
	})
	t.Run("new container on the volume", func(t *testing.T) {
		fresh := newBox(t, b.Spec.Binds["/app"], "python3-pip")
		fresh.useArchives()
		out := fresh.ready(nil)
		contains(t, out, "is gone: ep-app ep-daemon ep-tool=2.0", "requirements.txt: what debug0 says was installed is gone")
		fresh.sh("dpkg-query -W ep-app && python3 -c 'import ep_demo'")
		// The first container goes on with the record that both wrote.
		b.ready(func(s *boxSpec) { s.NoProcess = true })
	})
	t.Run("other architecture", func(t *testing.T) {
		marker := filepath.Join(b.Spec.Binds["/app"], marker)
		text, err := os.ReadFile(marker)
		must(t, err)
		must(t, os.WriteFile(marker, []byte(strings.ReplaceAll(string(text), "architecture = "+architecture, "architecture = z80")), 0o644))
		contains(t, b.ready(nil), "was installed for z80, this is "+architecture)
	})
	t.Run("interpreter", func(t *testing.T) {
		// Another file with the same version is accepted after a look at it ...
		b.sh("touch $(readlink -f /usr/bin/python3)")
		lacks(t, b.ready(nil), "installing")
		b.ready(func(s *boxSpec) { s.NoProcess = true })
		// ... and another version is not.
		marker := filepath.Join(b.Spec.Binds["/app"], marker)
		text, err := os.ReadFile(marker)
		must(t, err)
		old := strings.ReplaceAll(string(text), "version = Python 3.", "version = Python 2.")
		must(t, os.WriteFile(marker, []byte(strings.ReplaceAll(old, "python3 -> ", "python3 -> other")), 0o644))
		contains(t, b.ready(nil), "requirements.txt: was installed for Python 2.")
	})
	t.Run("marker of a script", func(t *testing.T) {
		b.write("/app/debug0", "")
		out := b.ready(nil)
		contains(t, out, `marker "debug0" is empty`, "all is installed already", "requirements.txt: installing")
	})
	t.Run("damaged marker", func(t *testing.T) {
		b.write("/app/debug0", "\x00\x01\x02 nonsense")
		contains(t, b.ready(nil), `marker "debug0" is not in a form`, "requirements.txt: installing")
	})
}

// The archive of Debian itself, whose lists a small image does not have.
func TestDebianMirror(t *testing.T) {
	t.Parallel()
	b := newBox(t, "")
	b.write("/app/requirements_os.txt", "hello\r\n")
	out := b.ready(nil)
	contains(t, out, "fetching package lists", "installing hello with apt-get")
	if got := b.sh("hello"); got != "Hello, world!" {
		t.Errorf("hello says %q", got)
	}
}

func TestFailedStep(t *testing.T) {
	t.Parallel()
	b := application(t, "")
	b.write("/app/requirements_os.txt", "ep-tool ep-unknown")
	out, code := b.run(nil)
	if code != 100 {
		t.Errorf("exit code %d, want apt-get's 100", code)
	}
	contains(t, out, "requirements_os.txt: | E: Unable to locate package ep-unknown",
		"box: error: cannot install requirements_os.txt: apt-get exited with 100: E: Unable to locate package ep-unknown")
	lacks(t, out, "requirements.txt: installing", "trying again")
	if b.there("/app/debug0") {
		t.Error("a failed first step was recorded")
	}

	// The first step succeeds, the second fails: only the second runs again.
	b.write("/app/requirements_os.txt", "ep-tool")
	b.write("/app/requirements.txt", "ep-unknown")
	out, code = b.run(func(s *boxSpec) { s.Impatient = true })
	if code != 1 {
		t.Errorf("exit code %d, want pip's 1", code)
	}
	contains(t, out, "requirements.txt: | ERROR: No matching distribution found for ep-unknown")
	b.write("/app/requirements.txt", "ep-demo")
	out = b.ready(nil)
	lacks(t, out, "requirements_os.txt")
	contains(t, out, "requirements.txt: installing")
}

func TestCertainFailures(t *testing.T) {
	tests := []struct {
		name, os, python string
		change           func(*boxSpec)
		code             int
		want             string
	}{
		{name: "an option", os: "ep-tool\n--allow-unauthenticated x", code: 78, want: `requirements_os.txt:2: "--allow-unauthenticated" is an option`},
		{name: "no pip", python: "ep-demo", code: 127, want: "cannot install requirements.txt: python3 not found: add python3 and python3-pip to requirements_os.txt"},
		{name: "no virtualenv", python: "ep-demo", code: 127, want: "the virtualenv /venv (VIRTUAL_ENV) has no bin/python", change: func(s *boxSpec) { s.Env = append(s.Env, "VIRTUAL_ENV=/venv") }},
		{name: "not root", os: "ep-tool", code: 126, want: "not installed: ep-tool; apt-get needs root, this is uid 12345", change: func(s *boxSpec) { s.UID = 12345 }},
		{name: "offline", os: "bash ep-tool", code: 127, want: "not installed: ep-tool (and ENTRYPOINT_SETUP=offline)", change: func(s *boxSpec) { s.Policy = "offline" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBox(t, "")
			b.useArchives()
			if test.os != "" {
				b.write("/app/requirements_os.txt", test.os)
			}
			if test.python != "" {
				b.write("/app/requirements.txt", test.python)
			}
			out, code := b.run(test.change)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			contains(t, out, test.want)
			lacks(t, out, "trying again")
		})
	}
}

// Without root there is nothing to do when the image has everything, and no
// place for a marker is no reason not to start.
func TestUserWithoutRights(t *testing.T) {
	b := newBox(t, "")
	b.write("/app/requirements_os.txt", "bash dpkg")
	out := b.ready(func(s *boxSpec) { s.UID = 12345; s.NoProcess = true })
	contains(t, out, "all is installed already: bash dpkg", `cannot write marker "debug0": permission denied: goes on`)
	if n := strings.Count(out, "cannot write"); n != 1 {
		t.Errorf("said %d times that there is no place:\n%s", n, out)
	}
	b.ready(func(s *boxSpec) { s.ReadOnly = []string{"/app"}; s.NoProcess = true })
}

func TestOffline(t *testing.T) {
	t.Parallel()
	b := application(t, "")
	b.ready(nil)
	b.sh("rm /app/debug0 /var/lib/apt/lists/*Packages*")
	b.Spec.Policy = "offline"
	b.Spec.Binds["/archive"] = t.TempDir()
	out := b.ready(nil)
	contains(t, out, "all is installed already", "requirements.txt: done in")
	b.write("/app/requirements.txt", "ep-demo==2.0")
	out, code := b.run(nil)
	if code == 0 {
		t.Error("a requirement that is not satisfied was accepted")
	}
	contains(t, out, "what is installed does not satisfy it", "ENTRYPOINT_SETUP=offline")
	lacks(t, out, "trying again")
}

func TestVirtualenv(t *testing.T) {
	t.Parallel()
	b := application(t, "")
	b.write("/app/requirements_os.txt", "")
	b.sh("python3 -m venv --without-pip /venv && cp -r /usr/lib/python3/dist-packages/pip* /venv/lib/python3.*/site-packages/")
	b.Spec.Env = append(b.Spec.Env, "VIRTUAL_ENV=/venv")
	out := b.ready(nil)
	contains(t, out, "installing with python3 -m pip in the virtualenv /venv")
	lacks(t, out, "PEP 668")
	b.sh("ls /venv/lib/python3.*/site-packages/ep_demo.py && ! python3 -c 'import ep_demo'")
	contains(t, b.sh("cat /app/debug0"), "anchor = /venv/bin/python -> /usr/bin/python3", "witness = /venv/lib/python3")
	b.ready(func(s *boxSpec) { s.NoProcess = true })
}

// TERM during a step ends it; the next start does it all.
func TestTermination(t *testing.T) {
	t.Parallel()
	b := newBox(t, "")
	b.useArchives()
	b.write("/app/requirements_os.txt", "ep-slow ep-tool")
	b.write("/app/slow", "")
	r := b.start(func(s *boxSpec) { s.Verbose = true })
	r.waitFor("Setting up ep-slow")
	must(t, r.cmd.Process.Signal(syscall.SIGTERM))
	if code := r.wait(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d:\n%s", code, r.text())
	}
	contains(t, r.text(), "requirements_os.txt: aborted by SIGTERM")
	if b.there("/app/debug0") {
		t.Error("an aborted step was recorded")
	}
	if b.there("/usr/sbin/policy-rc.d") {
		t.Error("policy-rc.d was left behind")
	}

	must(t, os.Remove(filepath.Join(b.Spec.Binds["/app"], "slow")))
	out := b.ready(nil)
	t.Log(out)
	if got := b.sh("dpkg --audit; dpkg-query -W -f '${Status}\n' ep-slow ep-tool"); got != "install ok installed\ninstall ok installed" {
		t.Errorf("packages: %s", got)
	}
}

// A tool that ignores TERM is killed when the budget is used up.
func TestTerminationOfADeafTool(t *testing.T) {
	b := newBox(t, "")
	b.write("/app/composer.json", "{}")
	b.write("/usr/local/bin/composer", "#!/bin/sh\ntrap '' TERM\necho deaf\nwhile :; do sleep 1; done\n")
	r := b.start(func(s *boxSpec) { s.Verbose = true; s.Budget = time.Second })
	r.waitFor("deaf")
	start := time.Now()
	must(t, r.cmd.Process.Signal(syscall.SIGTERM))
	if code := r.wait(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d:\n%s", code, r.text())
	}
	if took := time.Since(start); took < time.Second || took > 30*time.Second {
		t.Errorf("ended after %v", took)
	}
	if b.there("/app/debug0") {
		t.Error("an aborted step was recorded")
	}
}

// TERM ends the wait between two attempts, and the wait for another container.
func TestTerminationWhileWaiting(t *testing.T) {
	t.Parallel()
	b := newBox(t, "")
	b.write("/app/composer.json", "{}")
	b.write("/usr/local/bin/composer", "#!/bin/sh\necho the mirror does not answer\nexit 1\n")
	r := b.start(nil)
	r.waitFor("trying again in 4s")
	must(t, r.cmd.Process.Signal(syscall.SIGTERM))
	if code := r.wait(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d:\n%s", code, r.text())
	}

	unlock, err := tryLock(b.Spec.Binds["/app"])
	must(t, err)
	defer unlock()
	r = b.start(nil)
	r.waitFor("waiting for another container that is setting up /app")
	must(t, r.cmd.Process.Signal(syscall.SIGTERM))
	if code := r.wait(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d:\n%s", code, r.text())
	}
}

// Two containers on one volume: one installs while the other waits, and each
// ends with everything, as what is outside of the volume is its own.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	one := application(t, "")
	two := application(t, one.Spec.Binds["/app"])
	first, second := one.start(nil), two.start(nil)
	for _, r := range []*running{first, second} {
		if code := r.wait(); code != 0 {
			t.Errorf("exit code %d:\n%s", code, r.text())
		}
	}
	both := first.text() + second.text()
	if n := strings.Count(both, "waiting for another container"); n != 1 {
		t.Errorf("%d of 2 waited:\n%s", n, both)
	}
	one.sound()
	two.sound()
	one.ready(func(s *boxSpec) { s.NoProcess = true })
	two.ready(func(s *boxSpec) { s.NoProcess = true })
}

// TestPipFailsForGood: what pip cannot install however often it tries is tried once, and
// the error says why.
func TestPipFailsForGood(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ requirements, want string }{
		"file":    {"-r nosuch.txt\n", "pip3 exited with 1: ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'nosuch.txt'"},
		"version": {"ep-demo==9.9\n", "pip3 exited with 1: ERROR: No matching distribution found for ep-demo==9.9"},
		"hash": {
			"ep-needed==1.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n",
			"pip3 exited with 1: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, "", "python3-pip")
			b.useArchives()
			b.write("/app/requirements.txt", test.requirements)
			out, code := b.run(nil)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			contains(t, out, "box: error: cannot install requirements.txt: "+test.want)
			lacks(t, out, "trying again")
		})
	}
}

// TestHomeThatCannotBeWritten: where the container's user is none of the image, its HOME
// is /. Its packages are installed in a directory of ours, which what is started after the
// setup is told of, at every start.
func TestHomeThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBox(t, "", "python3-pip")
	b.useArchives()
	b.Spec.Env = append([]string{"HOME=/"}, b.Spec.Env[:1]...)
	b.Spec.Env = append(b.Spec.Env, "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/archive")
	b.Spec.UID = 12345
	b.write("/app/requirements.txt", "ep-demo\n")
	must(t, os.Chown(b.Spec.Binds["/app"], 12345, 12345))
	const told = "box: PYTHONUSERBASE=/app/.entry-point-home/.local\n"
	out := b.ready(nil)
	contains(t, out, told)
	lacks(t, out, "trying again", "Permission denied")
	b.Spec.Env = append(b.Spec.Env, "PYTHONUSERBASE=/app/.entry-point-home/.local")
	b.sh("python3 -c 'import ep_demo'")
	b.Spec.Env = b.Spec.Env[:len(b.Spec.Env)-1]
	contains(t, b.ready(func(s *boxSpec) { s.NoProcess = true }), told)

	// Where there is no place for it, one sentence says what to do.
	must(t, os.RemoveAll(filepath.Join(b.Spec.Binds["/app"], homeName)))
	must(t, os.Remove(filepath.Join(b.Spec.Binds["/app"], marker)))
	b.write("/tmp/.entry-point-home-12345", "somebody else's")
	out, code := b.run(func(s *boxSpec) { s.ReadOnly = []string{"/app"} })
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, out, `HOME is "/", which user 12345 cannot write, and /tmp/.entry-point-home-12345 is not a directory of ours alone: set HOME, or for Python PYTHONUSERBASE`)
	lacks(t, out, "trying again")
}

// TestPipsBuildDirectory: what pip leaves where it builds a package is not installed at
// the next start, and what was there before it stays.
func TestPipsBuildDirectory(t *testing.T) {
	t.Parallel()
	b := newBox(t, "", "python3-pip")
	b.useArchives()
	b.Spec.Env = append(b.Spec.Env, "PIP_NO_BUILD_ISOLATION=0") // what pip takes for yes
	project := func(version string) {
		b.write("/app/lib/pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"+
			"[project]\nname = \"ep-lib\"\nversion = \""+version+"\"\n[tool.setuptools]\npackages = [\"ep_lib\"]\n")
	}
	project("1")
	b.write("/app/lib/ep_lib/__init__.py", "")
	b.write("/app/lib/ep_lib/old.py", "")
	b.write("/app/requirements.txt", "./lib\n")
	b.ready(nil)
	b.sh("python3 -c 'import ep_lib.old'")
	if b.there("/app/lib/build") {
		t.Error("pip's build directory was left")
	}
	must(t, os.Remove(filepath.Join(b.Spec.Binds["/app"], "lib/ep_lib/old.py")))
	project("2")
	contains(t, b.ready(nil), "requirements.txt: has changed")
	if got := b.sh("python3 -c 'import ep_lib; print(1)'; python3 -c 'import ep_lib.old' 2>/dev/null && echo old || :"); got != "1" {
		t.Errorf("what is gone from the source was installed: %s", got)
	}
	b.write("/app/lib/build/mine", "")
	project("3")
	b.ready(nil)
	if !b.there("/app/lib/build/mine") {
		t.Error("a directory of the user's was removed")
	}
}
