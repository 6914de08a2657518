package setup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

func TestParseRequirement(t *testing.T) {
	tests := []struct {
		line string
		want requirement
	}{
		{"Flask==1.0.2", requirement{name: "flask"}},
		{"zope.interface >= 5 ; python_version < '3' # why", requirement{name: "zope-interface"}},
		{"Foo__Bar[extra,more]~=1.0 --hash=sha256:abc", requirement{name: "foo-bar"}},
		{"pkg @ https://example.com/pkg.whl", requirement{name: "pkg"}},
		{"git+https://example.com/x.git@main#egg=x", requirement{}},
		{"https://example.com/x.whl", requirement{}},
		{"-r more.txt", requirement{file: "sub/more.txt"}},
		{"-rmore.txt", requirement{file: "sub/more.txt"}},
		{"--requirement=../more.txt", requirement{file: "more.txt"}},
		{"-c constraints.txt # pins", requirement{file: "sub/constraints.txt"}},
		{"--constraint /etc/c.txt", requirement{file: "/etc/c.txt"}},
		{"-r https://example.com/r.txt", requirement{}},
		{"-e ./lib", requirement{local: "lib", editable: true}},
		{"--editable ./lib[dev]", requirement{local: "lib", editable: true}},
		{".", requirement{local: "."}},
		{"--index-url https://example.com", requirement{}},
		{"--require-hashes", requirement{}},
		{"--no-binary :all:", requirement{}},
		{"# comment", requirement{}},
		{"", requirement{}},
		{"$(rm)", requirement{}},
	}
	for _, test := range tests {
		if got := parseRequirement(test.line, "sub"); got != test.want {
			t.Errorf("%q: %+v, want %+v", test.line, got, test.want)
		}
	}
}

func TestPythonInputs(t *testing.T) {
	dir := files(t, map[string]string{
		"requirements.txt": "a \\\n  >= 1\n-r reqs/base.txt\r\n-c c.txt\n-e .\n",
		"reqs/base.txt":    "-r ../requirements.txt\n-r dev.txt\nb",
		"reqs/dev.txt":     "c",
	})
	want := []string{
		"requirements.txt", "reqs/base.txt", "c.txt", "pyproject.toml", "setup.cfg", "setup.py", "reqs/dev.txt",
	}
	if got := (&python{&system{dir: dir}}).inputs(); !slices.Equal(got, want) {
		t.Errorf("inputs %v, want %v", got, want)
	}
}

// Which tool installs for which interpreter. uv cannot be had here, so that its
// command line is all that is tested of it.
func TestPythonCommand(t *testing.T) {
	venv := files(t, map[string]string{"bin/python": "#!/bin/sh\n"})
	plain := func(names ...string) string { return stubs(t, names...) }
	tests := []struct {
		name, path, venv string
		offline          bool
		want             string // PATH is the directory of the tools
	}{
		{"pip3", plain("pip3", "python3"), "", false, "PATH/pip3 install -r requirements.txt"},
		{"no pip3", plain("python3"), "", false, "PATH/python3 -m pip install -r requirements.txt"},
		{"only python", plain("python"), "", false, "PATH/python -m pip install -r requirements.txt"},
		{"virtualenv", plain("pip3", "python3"), venv, false, venv + "/bin/python -m pip install -r requirements.txt"},
		{"uv", plain("uv", "pip3", "python3"), "", false, "PATH/uv pip install --system --python PATH/python3 -r requirements.txt"},
		{"uv in a virtualenv", plain("uv", "python3"), venv, false, "PATH/uv pip install -r requirements.txt"},
		{"pip3 offline", plain("pip3", "python3"), "", true, "PATH/pip3 install --no-index -r requirements.txt"},
		{"uv offline", plain("uv", "python3"), "", true, "PATH/uv pip install --system --python PATH/python3 --offline -r requirements.txt"},
	}
	for _, test := range tests {
		p := &python{&system{dir: t.TempDir(), env: []string{"PATH=relative:" + test.path, "VIRTUAL_ENV=" + test.venv}}}
		got := strings.ReplaceAll(strings.Join(p.command(p.find(), test.offline).argv, " "), test.path, "PATH")
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestShebang(t *testing.T) {
	path := stubs(t, "python3", "python3.11")
	dir := files(t, map[string]string{
		"direct": "#!" + path + "/python3.11 -I\n", "env": "#!/usr/bin/env python3\n", "shell": "#!/bin/sh\nexec python3\n",
		"gone": "#!/nowhere/python3\n", "binary": "\x7fELF", "empty": "",
	})
	y := &system{env: []string{"PATH=" + path}}
	for name, want := range map[string]string{
		"direct": path + "/python3.11", "env": path + "/python3", "shell": "", "gone": "", "binary": "", "empty": "", "missing": "",
	} {
		if got := y.shebang(filepath.Join(dir, name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestSweepUnfinished: what a killed pip leaves is removed, and nothing else.
func TestSweepUnfinished(t *testing.T) {
	site := files(t, map[string]string{
		"whole-1.0.dist-info/RECORD":       "whole.py,,\nwhole-1.0.dist-info/INSTALLER,sha256=zu,4\n",
		"whole-1.0.dist-info/METADATA":     "Name: whole",
		"whole-1.0.dist-info/INSTALLER":    "pip\n",
		"unpacked-1.0.dist-info/RECORD":    "unpacked.py,,\nunpacked-1.0.dist-info/RECORD,,\n", // the wheel's own
		"unpacked-1.0.dist-info/METADATA":  "Name: unpacked",
		"unpacked-1.0.dist-info/INSTALLER": "uv",
		"copied-1.0.dist-info/RECORD":      "",
		"copied-1.0.dist-info/METADATA":    "Name: copied",
		"nobody-1.0.dist-info/RECORD":      "",
		"nobody-1.0.dist-info/METADATA":    "Name: nobody",
		"torn-1.0.dist-info/RECORD":        "",
		"torn-1.0.dist-info/INSTALLER":     "pip\n",
		"half-1.0.dist-info/METADATA":      "Name: half",
		"late-1.0.dist-info/INSTALLER":     "pip\n",
		"packaged-1.0.dist-info/INSTALLER": "rpm\n",
		"old-1.0.egg-info/PKG-INFO":        "",
		"~ld/__init__.py":                  "",
		"half/__init__.py":                 "",
	})
	r := &runner{}
	a := &attempt{setup: &setup{Options: *r.options(site)}}
	before := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(filepath.Join(site, "copied-1.0.dist-info"), before, before.Add(-time.Minute)))
	for _, c := range []struct {
		since time.Time
		left  string
		said  int // lines, so far
	}{
		{time.Now().Add(time.Hour), "copied-1.0.dist-info half nobody-1.0.dist-info old-1.0.egg-info packaged-1.0.dist-info unpacked-1.0.dist-info whole-1.0.dist-info", 4},
		{before, "copied-1.0.dist-info half old-1.0.egg-info packaged-1.0.dist-info whole-1.0.dist-info", 6},
	} {
		sweepUnfinished(a, []string{site, "/usr/lib/python3/dist-packages", "/nowhere"}, c.since)
		entries, err := os.ReadDir(site)
		must(t, err)
		var left []string
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if got := strings.Join(left, " "); got != c.left {
			t.Errorf("left %s, want %s", got, c.left)
		}
		if len(r.lines) != c.said {
			t.Errorf("said %q", r.lines)
		}
	}
}

// TestSweepElsewhere: a virtual environment of another user's leads to no packages but
// its own.
func TestSweepElsewhere(t *testing.T) {
	skip.UnlessRoot(t, "for files of several users")
	const nobody = 65534
	victim := files(t, map[string]string{"~ld/__init__.py": ""})
	venv := t.TempDir()
	site := filepath.Join(venv, "site-packages")
	must(t, os.Symlink(victim, site))
	must(t, os.Lchown(site, nobody, nobody))
	must(t, os.Chown(venv, nobody, nobody))
	r := &runner{}
	sweepUnfinished(&attempt{setup: &setup{Options: *r.options(venv)}}, []string{site}, time.Time{})
	if _, err := os.Stat(filepath.Join(victim, "~ld")); err != nil || len(r.lines) > 0 {
		t.Errorf("%v, %q", err, r.lines)
	}
}
