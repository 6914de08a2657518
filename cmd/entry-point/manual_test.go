package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/cmd/entry-point/help/manual"
	"entrypoint/supervisor/skip"
)

// generate is for go generate.
var generate = flag.Bool("generate", false, "write the manual anew")

// TestManual: the manual pages and the reference that are checked in are those that the
// tables of help make.
func TestManual(t *testing.T) {
	t.Parallel()
	b := book()
	for name, want := range map[string]string{
		"entry-point.1":      manual.Page(b, 1),
		"entry-point.conf.5": manual.Page(b, 5),
		"reference.md":       manual.Reference(b),
	} {
		file := filepath.Join("man", name)
		if *generate {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the tables of help make: run go generate ./cmd/entry-point", file)
		}
	}
}

// TestManualPages: mandoc has nothing against the pages, and groff, where man is there,
// shows them without a warning.
func TestManualPages(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("mandoc")
	skip.Unless(t, err == nil, "mandoc")
	_, noMan := exec.LookPath("man")
	_, noGroff := exec.LookPath("groff")
	for _, name := range []string{"man/entry-point.1", "man/entry-point.conf.5"} {
		if out, err := exec.Command("mandoc", "-T", "lint", name).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
		text, err := exec.Command("mandoc", "-T", "utf8", name).Output()
		if err != nil || !strings.Contains(string(text), "SEE ALSO") && !strings.Contains(string(text), "S\bSE") {
			t.Errorf("%s: %v, %d bytes", name, err, len(text))
		}
		if noMan != nil || noGroff != nil {
			continue
		}
		man := exec.Command("man", "--warnings", "-E", "UTF-8", "-l", "-P", "cat", name)
		man.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=100", "MANROFFOPT=")
		var warnings strings.Builder
		man.Stderr = &warnings
		if out, err := man.Output(); err != nil || warnings.Len() > 0 || len(out) < 10_000 {
			t.Errorf("%s: %v, %d bytes\n%s", name, err, len(out), warnings.String())
		}
	}
}
