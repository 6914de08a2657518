package main_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHouse: the table of CONTRIBUTING.md says truly which package may import which, and
// has a row for each.
func TestHouse(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "entrypoint/cmd/...", "entrypoint/config/...", "entrypoint/supervisor/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{} // of ours, by package
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], "entrypoint/")
		imports[name] = []string{}
		for _, i := range fields[1:] {
			if ours, is := strings.CutPrefix(i, "entrypoint/"); is {
				imports[name] = append(imports[name], ours)
			}
		}
	}
	// known resolves a name of the table: some leave out what they are below.
	known := func(name, beside string) string {
		parent := beside[:strings.LastIndexByte("/"+beside, '/')]
		for _, full := range []string{name, strings.TrimSuffix(parent, "/") + "/" + name, "supervisor/" + name, "config/" + name} {
			if imports[full] != nil {
				return full
			}
		}
		return ""
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		var packages []string
		for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
			first := m[1]
			if packages != nil {
				first = packages[0]
			}
			if found := known(m[1], first); found != "" {
				packages = append(packages, found)
			}
		}
		free := false
		for _, words := range []string{"all", "what it likes", "the rooms below it", "the packages below it"} {
			free = free || strings.TrimSpace(cells[3]) == words
		}
		for _, p := range packages {
			seen[p] = true
			allowed := []string{}
			for _, m := range quoted.FindAllStringSubmatch(cells[3], -1) {
				name := known(m[1], p)
				if name == "" {
					t.Errorf("%s may import %s, says CONTRIBUTING.md, which is no package", p, m[1])
				}
				allowed = append(allowed, name)
			}
			for _, i := range imports[p] {
				if !free && !slices.Contains(allowed, i) {
					t.Errorf("%s imports %s, and CONTRIBUTING.md does not say so", p, i)
				}
			}
			for _, name := range allowed {
				if !slices.ContainsFunc(packages, func(r string) bool { return slices.Contains(imports[r], name) }) {
					t.Errorf("%s does not import %s, and CONTRIBUTING.md says so", p, name)
				}
			}
		}
	}
	for p := range imports {
		if !seen[p] && !strings.HasPrefix(p, "cmd/bench/") {
			t.Errorf("%s has no row in CONTRIBUTING.md", p)
		}
	}
}
