package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Exactly one tool runs for a project, with the lock file that is there.
func TestProjectCommands(t *testing.T) {
	berry := "# generated\n__metadata:\n  version: 8\n"
	tests := []struct {
		name    string
		files   []string // "name" or "name=content"
		want    string
		offline string
	}{
		{"npm", []string{"package.json"}, "npm install", "npm ls"},
		{"npm lock", []string{"package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"}, "npm ci", "npm ls"},
		{"shrinkwrap", []string{"package.json", "npm-shrinkwrap.json"}, "npm ci", "npm ls"},
		{"yarn 1", []string{"package.json", "yarn.lock", "pnpm-lock.yaml"}, "yarn install --frozen-lockfile --non-interactive", "yarn install --frozen-lockfile --non-interactive --offline"},
		{"yarn 2", []string{"package.json", "yarn.lock=" + berry}, "yarn install --immutable", "yarn install --immutable"},
		{"yarn 2, configured", []string{"package.json", "yarn.lock", ".yarnrc.yml"}, "yarn install --immutable", "yarn install --immutable"},
		{"pnpm", []string{"package.json", "pnpm-lock.yaml"}, "pnpm install --frozen-lockfile", "pnpm install --frozen-lockfile --offline"},
		{"ruby", []string{"Gemfile"}, "bundle install; bundle list --paths", "bundle check; bundle list --paths"},
		{"php", []string{"composer.json"}, "composer install --no-interaction --no-progress", "composer install --no-interaction --no-progress"},
		{"none", []string{"yarn.lock", "package-lock.json", "Gemfile.lock"}, "", ""},
	}
	path := stubs(t, "npm", "yarn", "pnpm", "bundle", "composer")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			content := map[string]string{}
			for _, file := range test.files {
				name, text, _ := strings.Cut(file, "=")
				content[name] = text
			}
			r := &runner{}
			o := r.options(files(t, content), "PATH="+path)
			must(t, Run(o))
			if got := strings.Join(r.commands, "; "); got != test.want {
				t.Errorf("ran %q, want %q", got, test.want)
			}
			r.forget()
			must(t, Run(o))
			if len(r.commands) != 0 {
				t.Errorf("the second start ran %v", r.commands)
			}
			_ = os.Remove(filepath.Join(o.Dir, marker))
			o.Policy = Offline
			must(t, Run(o))
			if got := strings.Join(r.commands, "; "); got != test.offline {
				t.Errorf("offline ran %q, want %q", got, test.offline)
			}
		})
	}
}

func TestMissingTools(t *testing.T) {
	for file, want := range map[string]string{
		"package.json":     "cannot install package.json: npm not found: add npm to requirements_os.txt",
		"Gemfile":          "cannot install Gemfile: bundle not found: add bundler to requirements_os.txt",
		"composer.json":    "cannot install composer.json: composer not found: add composer to requirements_os.txt",
		"requirements.txt": "cannot install requirements.txt: python3 not found: add python3 and python3-pip to requirements_os.txt",
	} {
		r := &runner{}
		err := Run(r.options(files(t, map[string]string{file: ""}), "PATH="+t.TempDir()))
		if e, ok := err.(*Error); !ok || e.Code != 127 || e.Step != file || err.Error() != want {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
		if r.slept != nil {
			t.Errorf("%s: tried again", file)
		}
	}
}

// registry skips a test without npm, and gives it the environment to use it.
func registry(t *testing.T) []string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		unavailable(t, "npm not found: install Node.js with npm")
	}
	return append(os.Environ(), "npm_config_cache="+t.TempDir())
}

func TestNpm(t *testing.T) {
	t.Parallel()
	env := registry(t)
	dir := files(t, map[string]string{
		"package.json": `{"name": "x", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}`,
	})
	r := &runner{}
	o := r.options(dir, env...)
	must(t, Run(o))
	contains(t, r.log(), "package.json: installing with npm install")
	text, err := os.ReadFile(filepath.Join(dir, marker))
	must(t, err)
	contains(t, string(text), "[step:package.json]", "version = v", "witness = node_modules/.package-lock.json", "complete = ")
	if !there(filepath.Join(dir, "package-lock.json")) {
		t.Fatal("npm install wrote no lock file: the next check proves nothing")
	}

	// The lock file that npm wrote counts as known.
	r.forget()
	must(t, Run(o))
	if len(r.commands) != 0 {
		t.Errorf("the second start ran %v", r.commands)
	}
	// Offline, what is there does; without it, it does not.
	o.Policy = Offline
	must(t, os.Remove(filepath.Join(dir, marker)))
	must(t, Run(o))
	must(t, os.RemoveAll(filepath.Join(dir, "node_modules")))
	err = Run(o)
	if err == nil || !strings.Contains(err.Error(), "what is installed does not satisfy it") {
		t.Errorf("offline without node_modules: %v", err)
	}
	// It is noticed that the packages are gone, and npm keeps to the lock file: since the
	// marker was removed, nobody knows that it is npm's own.
	o.Policy = Changed
	r.forget()
	must(t, Run(o))
	contains(t, r.log(), "what debug0 says was installed is gone", "installing with npm ci")
	if !there(filepath.Join(dir, "node_modules/is-number")) {
		t.Error("no is-number")
	}
	// Where that is known, the manifest may change.
	must(t, os.Remove(filepath.Join(dir, "package-lock.json")))
	must(t, os.Remove(filepath.Join(dir, marker)))
	must(t, Run(o))
	must(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"dependencies": {"is-number": "6.0.0"}}`), 0o644))
	r.forget()
	must(t, Run(o))
	contains(t, r.log(), "package.json: has changed", "installing with npm install")
	// Once somebody has changed it, it is theirs. One that does not fit is an error, which
	// no further attempt heals, and the reason is shown, before npm's usage.
	lock := filepath.Join(dir, "package-lock.json")
	text, err = os.ReadFile(lock)
	must(t, err)
	must(t, os.WriteFile(lock, append(text, '\n'), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"dependencies": {"is-number": "7.0.0"}}`), 0o644))
	r.forget()
	err = Run(o)
	if e, ok := err.(*Error); !ok || e.Code != 1 || len(r.slept) != 0 || !strings.Contains(err.Error(), "is-number@7.0.0 from lock file") && !strings.Contains(err.Error(), "Invalid: lock file's is-number") {
		t.Errorf("error %v after %d attempts more", err, len(r.slept))
	}
	contains(t, r.log(), "installing with npm ci", "lock file's is-number")
	// npm 10 says "npm error", Debian's npm 9 "npm ERR!".
	if !regexp.MustCompile(`package\.json: \| npm (error|ERR!)`).MatchString(r.log()) {
		t.Errorf("npm's own words are not in:\n%s", r.log())
	}
}

func TestYarnAndPnpm(t *testing.T) {
	t.Parallel()
	env := registry(t)
	bin := t.TempDir()
	cmd := exec.Command("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", bin, "yarn@1", "pnpm@9")
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	env = append(env, "PATH="+filepath.Join(bin, "node_modules/.bin")+":"+os.Getenv("PATH"), "HOME="+t.TempDir())
	for tool, lock := range map[string]string{"yarn": "yarn.lock", "pnpm": "pnpm-lock.yaml"} {
		dir := files(t, map[string]string{"package.json": `{"name": "x", "dependencies": {"is-number": "7.0.0"}}`})
		cmd := exec.Command(filepath.Join(bin, "node_modules/.bin", tool), "install")
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", tool, err, out)
		}
		must(t, os.RemoveAll(filepath.Join(dir, "node_modules")))
		r := &runner{}
		o := r.options(dir, env...)
		must(t, Run(o))
		if !there(filepath.Join(dir, lock)) || !there(filepath.Join(dir, "node_modules/is-number")) {
			t.Errorf("%s: not installed:\n%s", tool, r.log())
		}
		r.forget()
		must(t, Run(o))
		if len(r.commands) != 0 {
			t.Errorf("%s: the second start ran %v", tool, r.commands)
		}
		must(t, os.RemoveAll(filepath.Join(dir, "node_modules")))
		must(t, Run(o))
		contains(t, r.log(), "is gone", "installing with "+tool+" install --frozen-lockfile")
	}
}
