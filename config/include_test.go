package config

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// loadFiles loads the first of some files, which a "-- NAME --" line begins.
func loadFiles(t *testing.T, text string) (*Config, string, error) {
	t.Helper()
	dir, main := t.TempDir(), ""
	for part := range strings.SplitSeq(text, "-- ") {
		name, body, ok := strings.Cut(part, " --\n")
		if !ok {
			continue
		}
		if main == "" {
			main = name
		}
		mkdir(t, filepath.Dir(filepath.Join(dir, name)))
		write(t, filepath.Join(dir, name), body)
	}
	c, err := Load(&Options{File: main, Dir: dir, Env: testEnv()})
	return c, dir, err
}

func TestInclude(t *testing.T) {
	c, dir, err := loadFiles(t, `-- etc/main.conf --
[include]
files = conf.d/*.conf  none/*.conf
  %(here)s/*.conf
[supervisord]
environment = A="%(here)s"
[program:main]
command = %(here)s/main %(ENV_A)s
-- etc/conf.d/b.conf --
[program:b]
command = %(here)s/b
[program:main]
startsecs = 7
directory = %(here)s
frobnicate = 1
-- etc/conf.d/a.conf --
[program:a]
command = a
[include]
files = deeper/*.conf
-- etc/conf.d/.hidden.conf --
[program:hidden]
command = a
-- etc/conf.d/deeper/c.conf --
[program:deeper]
command = a
-- etc/other.conf --
[program:other]
command = a
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(c); got != "a b main other" {
		t.Error(got)
	}
	main, b := c.Programs[2], c.Programs[1]
	if got, want := fmt.Sprintln(main.Command, main.StartSecs, main.Directory, b.Command, b.Source),
		fmt.Sprintf("[%[1]s/etc/main %[1]s/etc] 7s %[1]s/etc/conf.d [%[1]s/etc/conf.d/b] etc/conf.d/b.conf:1\n", dir); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := []string{
		`etc/main.conf:2: [include] files: no file matches "none/*.conf"`,
		"etc/conf.d/a.conf:3: [include]: it is ignored in an included file",
		"etc/conf.d/b.conf:6: [program:main] frobnicate: unknown key",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("got  %s", strings.Join(c.Warnings, "\n     "))
	}
}

// TestIncludeErrors: what is wrong in any of the files is said together.
func TestIncludeErrors(t *testing.T) {
	_, _, err := loadFiles(t, `-- main.conf --
[include]
files = a.conf b.conf
[program:main]
command = x
startsecs = x
-- a.conf --
word
[program:a]
word
-- b.conf --
[program:main]
priority = x
[supervisord]
identifier = %(program_name)s
`)
	wantErrors(t, err,
		`main.conf:5: [program:main] startsecs: "x" is not a whole number`,
		"a.conf:1: text before the first [section]",
		"a.conf:3: neither [section] nor key = value",
		`b.conf:2: [program:main] priority: "x" is not a whole number`,
		"b.conf:4: [supervisord] identifier: unknown name in %(program_name)s (known here: ENV_..., here, host_node_name, cpus, memory_mb)")
	_, _, err = loadFiles(t, "-- main.conf --\n[include]\nfiles = d*\n[program:main]\ncommand = x\n-- dir.conf/a --\n")
	wantErrors(t, err, `main.conf:2: [include] files: cannot read "dir.conf": is a directory`)
}

// TestIncludeHere: signs of a pattern in the name of the directory mean nothing.
func TestIncludeHere(t *testing.T) {
	c, _, err := loadFiles(t, "-- a [b] *?/main.conf --\n[include]\nfiles = %(here)s/x*.conf y.conf\n"+
		"-- a [b] *?/x1.conf --\n[program:x]\ncommand = %(here)s/run\n-- a [b] *?/y.conf --\n[program:y]\ncommand = y\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(c); got != "x y" {
		t.Error(got)
	}
}

// globNames are files, and globPatterns what is asked for among them.
var (
	globNames = []string{
		"a.conf", "b.conf", "ab.conf", ".hidden.conf", "a!b", "a]b", "a-b", "a[b", "[x", `a\b`, "é.conf", "日本", "A.conf", "^a",
		"sub/a.conf", "sub/.h/a.conf", "sub/deep/b.conf", "sub2/b.conf", "a*b",
	}
	globPatterns = []string{
		"*.conf", "?.conf", "??.conf", "[ab].conf", "[!a].conf", "[^a].conf", "[a-b]?conf", ".*", ".[h]*", "*", "**", "**/*.conf",
		"*/*.conf", "sub*/[a-c].conf", "a]b", "a[]]b", "a[!]]b", "a[!-]b", "a[-]b", "a[b", "[x", "[[]x", `a\b`, `a\*`, "日?", "é*", "[é-í].conf",
		"[", "[]", "[!]", "[!", "", "nothing", "a.conf", "sub/", "./a.conf", "sub/../a.conf", "sub/.h/*", "sub/*/b.conf", "*/deep/*", "a*b*c*d*e",
		"***a***", "*.*", "[z-a]*", "[A-Z]*", "{a,b}.conf", "a.conf/*", "none/*", "[^]*", "a[*]b",
	}
)

// TestGlobLikePython compares with glob.glob.
func TestGlobLikePython(t *testing.T) {
	need(t, "python3")
	dir := t.TempDir()
	for _, name := range globNames {
		mkdir(t, filepath.Dir(filepath.Join(dir, name)))
		write(t, filepath.Join(dir, name), "")
	}
	const script = "import glob, os, sys\nfor p in sys.argv[1:]:\n    print('|'.join(sorted(os.path.normpath(x) for x in glob.glob(p)), ))"
	cmd := exec.Command("python3", append([]string{"-c", script}, globPatterns...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(string(out), "\n")
	for i, pattern := range globPatterns {
		got, err := glob(dir, pattern)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, "|") != lines[i] {
			t.Errorf("%q: got %q, want %q", pattern, got, lines[i])
		}
	}
}
