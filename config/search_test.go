package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// names are the full names of a configuration's processes.
func names(c *Config) string {
	var list []string
	for _, p := range c.Programs {
		list = append(list, p.FullName())
	}
	return strings.Join(list, " ")
}

func TestFileAsked(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "entry-point.conf")
	write(t, own, "[program:own]\ncommand=a\n")
	write(t, filepath.Join(dir, "other.conf"), "[program:other]\ncommand=a\n[program:b]\ncommand=b\n")
	for file, want := range map[string]string{
		"":                               own + " own",
		"other.conf":                     "other.conf b other",
		filepath.Join(dir, "other.conf"): filepath.Join(dir, "other.conf") + " b other",
	} {
		c, err := Load(&Options{File: file, Dir: dir, Env: testEnv()})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Source + " " + names(c); got != want {
			t.Errorf("-c %q: got %s, want %s", file, got, want)
		}
	}
	_, err := Load(&Options{File: "none.conf", Dir: dir})
	wantErrors(t, err, `cannot read "none.conf": no such file or directory`)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	// One that is there and cannot be read is not passed over.
	if err := errors.Join(os.Remove(own), os.Mkdir(own, 0o755)); err != nil {
		t.Fatal(err)
	}
	_, err = Load(&Options{Dir: dir})
	wantErrors(t, err, fmt.Sprintf("cannot read %q: is a directory", own))
}

// TestNames has the order of the search, for each way of being called.
func TestNames(t *testing.T) {
	const theirs = " /w/supervisord.conf /w/etc/supervisord.conf /etc/supervisord.conf /etc/supervisor/supervisord.conf"
	const ours = "/w/entry-point.conf /etc/entry-point.conf"
	for program, want := range map[string]string{
		"":                           ours + theirs,
		"supervisord":                ours + theirs,
		"/bin/supervisord":           ours + theirs,
		"/supervisord":               ours + theirs,
		"/usr/local/bin/supervisord": ours + " /usr/local/etc/supervisord.conf /usr/local/supervisord.conf" + theirs,
		"venv/bin/supervisord":       ours + " /w/venv/etc/supervisord.conf /w/venv/supervisord.conf" + theirs,
		"/w/bin/supervisord":         ours + " /w/etc/supervisord.conf /w/supervisord.conf /etc/supervisord.conf /etc/supervisor/supervisord.conf",
	} {
		if got := strings.Join((&Options{Program: program}).names("/w"), " "); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", program, got, want)
		}
	}
}

// needNoConf skips where the machine's own files would be found.
func needNoConf(t *testing.T) {
	t.Helper()
	for _, name := range []string{"/etc/entry-point.conf", "/etc/supervisord.conf"} {
		if _, err := os.Stat(name); err == nil {
			missing(t, "a machine without "+name)
		}
	}
}

// TestSearch: the first file counts, but one of supervisord's without programs
// is passed over.
func TestSearch(t *testing.T) {
	needNoConf(t)
	dir := t.TempDir()
	root := filepath.Join(dir, "opt")
	mkdir(t, filepath.Join(root, "etc"))
	mkdir(t, filepath.Join(dir, "etc"))
	o := Options{Dir: dir, Env: testEnv(), Program: filepath.Join(root, "bin/supervisord")}
	step := func(file, text, want, warning string) {
		t.Helper()
		if file != "" {
			write(t, filepath.Join(dir, file), text)
		}
		c, err := Load(&o)
		if err != nil {
			t.Fatal(err)
		}
		if got := rel(dir, c.Source); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if warning != "" && !strings.Contains(strings.Join(c.Warnings, "\n"), warning) {
			t.Errorf("the warnings are %q, without %q", c.Warnings, warning)
		}
	}
	const program = "[supervisord]\n[program:a]\ncommand=a\n"
	step("Procfile", "web: run\n", "Procfile", "")
	step("etc/supervisord.conf", "[supervisord]\n", "Procfile",
		dir+"/etc/supervisord.conf: no [program:NAME] section, so there is nothing to run; going on without this file")
	step("etc/supervisord.conf", "[program:a]\ncommand=a\nnumprocs=0\n", "Procfile", "going on without this file")
	step("etc/supervisord.conf", program, "etc/supervisord.conf", "")
	step("supervisord.conf", program, "supervisord.conf", "")
	step("opt/supervisord.conf", program, "opt/supervisord.conf", "")
	step("opt/etc/supervisord.conf", program, "opt/etc/supervisord.conf", "")
	step("entry-point.conf", program, "entry-point.conf", "")

	// A mistake in the file that counts is a mistake.
	write(t, filepath.Join(dir, "entry-point.conf"), "[program:a]\n")
	_, err := Load(&o)
	wantErrors(t, err, dir+"/entry-point.conf:1: [program:a]: the key command is missing")
	// And one of ours without a program, too.
	write(t, filepath.Join(dir, "entry-point.conf"), "[entrypoint]\n")
	_, err = Load(&o)
	wantErrors(t, err, dir+"/entry-point.conf: no [program:NAME] section, so there is nothing to run")
}

// TestCalledAsSupervisord: there must be a file, but no program in it.
func TestCalledAsSupervisord(t *testing.T) {
	needNoConf(t)
	dir := t.TempDir()
	o := Options{Dir: dir, Env: testEnv(), Program: "supervisord", RequireFile: true}
	write(t, filepath.Join(dir, "supervisord.conf"), "[supervisord]\n")
	c, err := Load(&o)
	if err != nil {
		t.Fatal(err)
	}
	if want := dir + "/supervisord.conf: no [program:NAME] section, so there is nothing to run"; len(c.Programs) != 0 || strings.Join(c.Warnings, "\n") != want {
		t.Errorf("got %q, want %s", c.Warnings, want)
	}
}

// TestNothingAnywhere is the search of a supervisord whose places are all empty.
func TestNothingAnywhere(t *testing.T) {
	l, err := newLoader(&Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.first(&Options{RequireFile: true}, []string{l.dir + "/a.conf", l.dir + "/b.conf"})
	wantErrors(t, err, "there is no configuration file at the default places ("+l.dir+"/a.conf, "+l.dir+"/b.conf); name one with -c FILE")
}
