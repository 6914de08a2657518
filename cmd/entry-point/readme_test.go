package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/waitfor/realserver"
)

// TestReadmeSizes: README.md has at most 150 lines, an example's at most 60, each of at
// most 100 characters, and every file that they link to is there.
func TestReadmeSizes(t *testing.T) {
	readmes, _ := filepath.Glob("../../examples/*/README.md")
	for _, readme := range append(readmes, "../../README.md", "../../examples/README.md") {
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Error(err)
			continue
		}
		most := 60
		if !strings.Contains(readme, "examples/") {
			most = 150
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) > most {
			t.Errorf("%s has %d lines, more than %d", readme, len(lines), most)
		}
		for n, line := range lines {
			if len([]rune(line)) > 100 {
				t.Errorf("%s:%d has more than 100 characters", readme, n+1)
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)[#)]`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(readme), link[1])); err != nil {
				t.Errorf("%s links to what is not there: %v", readme, err)
			}
		}
	}
}

// TestContributingSize: a line of CONTRIBUTING.md has at most 120 characters, but for
// those of tables.
func TestContributingSize(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		if len([]rune(line)) > 120 && !strings.HasPrefix(line, "|") {
			t.Errorf("line %d has more than 120 characters", n+1)
		}
	}
}

// TestReadmeFiles: each file that README.md, or the README of an example, shows is that
// of an example, but for the example's comments and what README.md leaves out.
func TestReadmeFiles(t *testing.T) {
	readmes, _ := filepath.Glob("../../examples/*/README.md")
	for _, readme := range append(readmes, "../../README.md") {
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		where := filepath.Dir(readme) + "/*"
		if !strings.Contains(readme, "examples/") {
			where = "../../examples/*/*"
		}
		files, _ := filepath.Glob(where)
		for _, block := range regexp.MustCompile("(?ms)^```(ini|dockerfile|nginx|yaml|python)\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
			if !slices.ContainsFunc(files, func(file string) bool {
				text, _ := os.ReadFile(file)
				return !strings.HasSuffix(file, ".md") && hasLines(withBase(string(text)), block[2])
			}) {
				t.Errorf("%s: in no file of an example stands\n%s", readme, block[2])
			}
		}
	}
}

// withBase puts the default of a Dockerfile's ARG BASE in its place.
func withBase(text string) string {
	_, rest, _ := strings.Cut(text, "\nARG BASE=")
	base, _, _ := strings.Cut(rest, "\n")
	return strings.ReplaceAll(text, "${BASE}", base)
}

// hasLines says whether all lines of part stand in text, in their order.
func hasLines(text, part string) bool {
	lines := strings.Split(text, "\n")
	for line := range strings.Lines(part) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		i := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == line })
		if i < 0 {
			return false
		}
		lines = lines[i+1:]
	}
	return true
}

// TestReadmeWaits waits for the servers that the README of examples/wait waits for, as
// entry-point does in a container; the servers are real and somewhere else.
func TestReadmeWaits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../examples/wait/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)^docker run -e ENTRYPOINT_WAIT_FOR=(.*) IMAGE$").FindSubmatch(text)
	if found == nil {
		t.Fatal("it waits for nothing")
	}
	targets := string(found[1])
	db, cache := realserver.Postgres(t), realserver.Redis(t)
	real := strings.NewReplacer(`"`, "", "@db/", "@"+db.Address+"/", "//cache", "//"+cache.Address).Replace(targets)
	if strings.Count(real, "127.0.0.1:") != 2 {
		t.Fatalf("waits for %s: where are db and cache?", targets)
	}
	p := waiting(t, real)
	p.start()
	servers := []*realserver.Server{db, cache}
	for _, s := range servers {
		p.await(&p.stderr, s.Address)
		s.Start()
	}
	p.await(&p.stdout, "the web is here")
	for _, s := range servers {
		if said := p.stderr.String(); !regexp.MustCompile(s.Address + `\S* answers after `).MatchString(said) {
			t.Errorf("nothing about %s:\n%s", s.Address, said)
		}
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}
