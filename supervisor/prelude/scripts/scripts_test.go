package scripts

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/environ"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/process"
)

// rig is a place with scripts.
type rig struct {
	Options
	dirs []string
	mu   sync.Mutex
	out  [2]strings.Builder
	log  []string
	said []string // with -v only
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{dirs: []string{t.TempDir(), t.TempDir()}}
	l := &launch.Launcher{Table: process.Open(), Budget: time.Second, Log: func(line string) { t.Log(line) }}
	r.Options = Options{
		Dirs: r.dirs, Env: []string{"PATH=" + os.Getenv("PATH"), "A=1", "GONE=1", "foo.bar=1"}, Timeout: 10 * time.Second, Budget: time.Second, Run: l.Run, untrusted: true,
		Log: func(line string) { r.log = append(r.log, line) }, Trace: func(line string) { r.said = append(r.said, line) },
		Output: func(stderr bool, data []byte) {
			r.mu.Lock()
			defer r.mu.Unlock()
			i := 0
			if stderr {
				i = 1
			}
			r.out[i].Write(data)
		},
	}
	return r
}

// put writes a script into the n-th directory.
func (r *rig) put(t *testing.T, n int, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(r.dirs[n], name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOrder: both directories, each in the order of the bytes, and what is left out.
func TestOrder(t *testing.T) {
	r := newRig(t)
	r.put(t, 1, "00-last.sh", "#!/bin/sh\necho last\n", 0o755)
	r.put(t, 0, "b.sh", "#!/bin/sh\necho b >&2\n", 0o755)
	r.put(t, 0, "B", "#!/bin/sh\nprintf B\n", 0o700)
	r.put(t, 0, "10.sh", "echo 10, without an interpreter\n", 0o755)
	r.put(t, 0, "9.envsh", "echo 9; echo nine >&3\n", 0o755)
	r.put(t, 0, "no.sh", "exit 1", 0o644)
	r.put(t, 0, "no.envsh", "exit 1", 0o644)
	r.put(t, 0, "README", "exit 1", 0o644)
	r.put(t, 0, "a.sh~", "exit 1", 0o755)
	r.put(t, 0, "a.sh.bak", "exit 1", 0o755)
	r.put(t, 0, ".hidden.sh", "exit 1", 0o755)
	if err := os.Mkdir(filepath.Join(r.dirs[0], "sub.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(r.dirs[0], "link.sh")); err != nil {
		t.Fatal(err)
	}
	result, err := Run(r.Options)
	if out := r.out[0].String(); err != nil || out != "10, without an interpreter\n9\nnine\nB\nlast\n" || r.out[1].String() != "b\n" || result.Ran != 5 {
		t.Errorf("ran %d: %q and %q, error %v", result.Ran, out, r.out[1].String(), err)
	}
	log := strings.ReplaceAll(strings.Join(r.log, "\n"), r.dirs[0]+"/", "")
	if log != "hooks: link.sh is left out: no such file or directory\nhooks: no.envsh is left out: it is not executable: chmod +x no.envsh\nhooks: no.sh is left out: it is not executable: chmod +x no.sh" {
		t.Errorf("the log says\n%s", log)
	}
	said := strings.ReplaceAll(strings.Join(r.said, "\n"), r.dirs[0]+"/", "")
	for _, want := range []string{"README is left out: it is not executable", "a.sh~ is left out", "a.sh.bak is left out", ".hidden.sh is left out: it is hidden", "sub.sh is left out: it is no file"} {
		if !strings.Contains(said, want) {
			t.Errorf("-v does not say %q:\n%s", want, said)
		}
	}
	explained := strings.ReplaceAll(strings.Join(Explain(r.Options), "\n"), r.dirs[0]+"/", "")
	for _, want := range []string{"runs 10.sh\n", "sources 9.envsh and keeps its variables\n", "leaves out no.sh: it is not executable: chmod +x no.sh"} {
		if !strings.Contains(explained, want) {
			t.Errorf("-t does not say %q:\n%s", want, explained)
		}
	}
}

// TestVariables: what a script exports or hands over, and unsets, is so for all that comes
// after it; what it sets for itself is not.
func TestVariables(t *testing.T) {
	r := newRig(t)
	r.put(t, 0, "1.envsh", "export A=2 'B=x y\nz'\nunset GONE\nOWN=1\n: ${UNSET:=}\n", 0o755)
	r.put(t, 0, "2.sh", "#!/bin/sh\necho \"C=$A\" >&3; echo no name >&3; export D=4; test -z \"${OWN-}${GONE-}\"\n", 0o755)
	r.put(t, 0, "3", "#!/bin/sh\necho A=3 >&3; echo $C\n", 0o755)
	r.put(t, 0, "4.envsh", "#!/bin/sh\n. /dev/null; return 0; export NEVER=1\n", 0o755)
	result, err := Run(r.Options)
	want := []string{"PATH=" + os.Getenv("PATH"), "foo.bar=1", "B=x y\nz", "C=2", "A=3"}
	if err != nil || !slices.Equal(result.Env, want) || r.out[0].String() != "2\n" {
		t.Errorf("%q, error %v, printed %q; want %q", result.Env, err, r.out[0].String(), want)
	}
	if len(r.log) != 1 || !strings.HasSuffix(r.log[0], "2.sh: line 2 of what it has written to descriptor 3 is not NAME=VALUE") {
		t.Errorf("the log says %q", r.log)
	}
	if _, changed := environ.Lookup(os.Environ(), "B"); changed {
		t.Error("our own environment is another one")
	}
}

// TestFailures: how a script that fails, or cannot be run, is told, and that nothing runs
// after it.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		code       int
		want       string // after the path
	}{
		"code":            {"1.sh", "#!/bin/sh\necho no such host; echo giving up >&2; exit 3\n", 3, "DIR/1.sh exited with code 3: no such host; giving up"},
		"sourced":         {"1.envsh", "export A=5\nfalse\nexport A=6\n", 1, "DIR/1.envsh exited with code 1 (it is sourced with set -e: a command that fails ends it, and so does exit)"},
		"killed":          {"1.sh", "#!/bin/sh\necho so far; kill -SEGV $$\n", 139, "DIR/1.sh: killed by SIGSEGV after "},
		"sourced, killed": {"1.envsh", "kill -SEGV $$\n", 139, "DIR/1.envsh: killed by SIGSEGV after "},
		"exit":            {"1.envsh", "exit 0\n", 1, "DIR/1.envsh has ended with exit, so that its variables are not known: write return"},
		"syntax":          {"1.envsh", "if\n", 2, "DIR/1.envsh exited with code 2: "},
		"interpreter":     {"1.sh", "#!/no/such\n", 127, "cannot run DIR/1.sh: its interpreter /no/such (the #! line) does not exist"},
		"carriage":        {"1.sh", "#!/bin/sh\r\necho\r\n", 127, "cannot run DIR/1.sh: its #! line ends with a carriage return, so its interpreter \"/bin/sh\\r\" does not exist (line ends of Windows: sed -i 's/\\r$//' DIR/1.sh)"},
		"carriage, envs":  {"1.envsh", "export A=1\r\n", 126, "cannot run DIR/1.envsh: the lines of its script \"DIR/1.envsh\" end with carriage returns (line ends of Windows: sed -i 's/\\r$//' DIR/1.envsh)"},
		"no program":      {"1", "nothing\n", 126, "cannot run DIR/1: exec format error (it has no #! line, and is no ELF file)"},
		"too much":        {"1.sh", "#!/bin/sh\nhead -c 70000 /dev/zero >&3\n", 1, "DIR/1.sh: it has written more than 64 kB to descriptor 3, so none of these variables is set"},
		"late":            {"1.sh", "#!/bin/sh\necho waiting; exec sleep 60\n", 143, "DIR/1.sh did not end within 300ms (hook_timeout): waiting"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if name == "late" {
				r.Timeout = 300 * time.Millisecond
			}
			r.put(t, 0, c.file, c.text, 0o755)
			r.put(t, 1, "next.sh", "echo next", 0o755)
			result, err := Run(r.Options)
			failed := (*Error)(nil)
			if !errors.As(err, &failed) || failed.ExitCode() != c.code || !strings.HasPrefix(strings.ReplaceAll(err.Error(), r.dirs[0], "DIR"), c.want) {
				t.Errorf("%v, want %d: %s", err, c.code, c.want)
			}
			if result.Ran != 0 || strings.Contains(r.out[0].String(), "next") || !slices.Equal(result.Env, r.Env) {
				t.Errorf("ran %d, %q", result.Ran, result.Env)
			}
		})
	}
}

// TestLeftBehind: what a script leaves running is ended, and the log says so.
func TestLeftBehind(t *testing.T) {
	r := newRig(t)
	path := r.put(t, 0, "1.sh", "#!/bin/sh\nsleep 1000 &\nsleep 1000 &\ntrue | true\n", 0o755)
	r.put(t, 0, "2.sh", "#!/bin/sh\n", 0o755)
	if result, err := Run(r.Options); err != nil || result.Ran != 2 {
		t.Errorf("ran %d, error %v", result.Ran, err)
	}
	want := "hooks: " + path + " has left processes running, which have been ended: what is to stay is a program of the configuration"
	if log := strings.Join(r.log, "\n"); log != want {
		t.Errorf("log:\n%s\nwant\n%s", log, want)
	}
}

// TestAborted: a stop signal ends the script, and is no failure of it.
func TestAborted(t *testing.T) {
	r := newRig(t)
	r.put(t, 0, "1.sh", "echo A=2 >&3", 0o755)
	r.put(t, 0, "2.sh", "echo", 0o755)
	r.Run = func(c *launch.Command) (launch.Result, error) {
		if c.KillAfter != time.Second || c.Limit != 10*time.Second || !c.Group || c.Stdin == nil {
			t.Errorf("%+v", c)
		}
		return launch.Result{Stopped: syscall.SIGTERM}, nil
	}
	_, err := Run(r.Options)
	aborted := (*Aborted)(nil)
	if !errors.As(err, &aborted) || aborted.Stopped() != syscall.SIGTERM {
		t.Errorf("%v", err)
	}
}

// TestNone: without the directories nothing is done.
func TestNone(t *testing.T) {
	r := newRig(t)
	r.Dirs = []string{"/no/such/directory"}
	if result, err := Run(r.Options); err != nil || result.Ran != 0 || !slices.Equal(result.Env, r.Env) {
		t.Errorf("%+v, %v", result, err)
	}
	r.Dirs = []string{r.put(t, 0, "file", "", 0o644)}
	if _, err := Run(r.Options); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("%v", err)
	}
}
