package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnLocks: a lock file that a run of ours has left declares nothing, also after a
// run that has failed, until somebody has changed it.
func TestOwnLocks(t *testing.T) {
	for _, test := range []struct {
		tool, manifest, lock       string
		first, changed, ofTheUsers string // arguments
	}{
		{"npm", "package.json", "package-lock.json", "install", "install", "ci"},
		{"composer", "composer.json", "composer.lock", "install --no-interaction --no-progress", "update --no-interaction --no-progress", "install --no-interaction --no-progress"},
		{"bundle", "Gemfile", "Gemfile.lock", "install", "install", "install"},
	} {
		t.Run(test.tool, func(t *testing.T) {
			t.Parallel()
			dir := files(t, map[string]string{test.manifest: "1"})
			manifest, lock := filepath.Join(dir, test.manifest), filepath.Join(dir, test.lock)
			// The first time it leaves a lock file, and fails.
			path := files(t, map[string]string{test.tool: `#!/bin/sh
case "$0 $1" in *list | *ci) exit 0 ;; esac
[ -e ` + lock + ` ] || first=1
case "$0 $1 $first" in
*1 | *update* | *bundle*) /bin/cat ` + manifest + " >>" + lock + ` ;;
esac
exit $first
`})
			r := &runner{}
			o := r.options(dir, "PATH="+path)
			ran := func(what string, want ...string) {
				t.Helper()
				must(t, Run(o))
				got := strings.ReplaceAll(strings.Join(r.commands, "; "), "; bundle list --paths", "")
				for i := range want {
					want[i] = test.tool + " " + want[i]
				}
				if got != strings.Join(want, "; ") {
					t.Errorf("%s: ran %q, want %q; log:\n%s", what, got, want, r.log())
				}
				r.forget()
			}
			ran("the first time", test.first, test.changed)
			ran("unchanged")
			must(t, os.WriteFile(manifest, []byte("2"), 0o644))
			ran("with another manifest", test.changed)
			ran("unchanged again")
			must(t, os.WriteFile(lock, []byte("the user's"), 0o644))
			ran("with the user's lock file", test.ofTheUsers)
			ran("unchanged in the end")
		})
	}
}

// TestOwnLockOfAKilledRun: what a run has left that did not come to its end is no
// declaration either, and what was there before it is.
func TestOwnLockOfAKilledRun(t *testing.T) {
	dir := files(t, map[string]string{"package.json": "{}"})
	killed := files(t, map[string]string{"npm": "#!/bin/sh\necho left >package-lock.json\nkill -9 $PPID\n"})
	r := &runner{}
	o := r.options(dir, "PATH="+killed)
	if os.Getenv("ENTRY_POINT_KILLED_RUN") != "" {
		o.Dir = os.Getenv("ENTRY_POINT_KILLED_RUN")
		_ = Run(o)
		t.Fatal("it was to be killed")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestOwnLockOfAKilledRun$")
	cmd.Env = append(os.Environ(), "ENTRY_POINT_KILLED_RUN="+dir)
	if err := cmd.Run(); err == nil || !there(filepath.Join(dir, "package-lock.json")) {
		t.Fatalf("the run was not killed after npm: %v", err)
	}
	o = r.options(dir, "PATH="+stubs(t, "npm"))
	must(t, Run(o))
	if got := strings.Join(r.commands, "; "); got != "npm install" {
		t.Errorf("after a killed run: ran %q", got)
	}

	r.forget()
	o.Dir = files(t, map[string]string{"package.json": "{}", "package-lock.json": "the user's"})
	must(t, Run(o))
	if got := strings.Join(r.commands, "; "); got != "npm ci" {
		t.Errorf("with the user's lock file: ran %q", got)
	}
}

// TestFailedFirstRun: a first run that fails and leaves nothing is not recorded.
func TestFailedFirstRun(t *testing.T) {
	dir := files(t, map[string]string{"package.json": "{}"})
	r := &runner{}
	if Run(r.options(dir, "PATH="+files(t, map[string]string{"npm": "#!/bin/sh\nexit 3\n"})+":/bin")) == nil {
		t.Fatal("no error")
	}
	if there(filepath.Join(dir, marker)) {
		t.Error("it was recorded")
	}
}
