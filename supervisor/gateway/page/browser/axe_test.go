package browser

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeVersion is that of axe-core, which finds what hinders people with a screen reader,
// with a keyboard, or with poor sight.
const axeVersion = "4.10.3"

// axe is its script, fetched by npm once.
var axe = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "axe")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	c := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@"+axeVersion)
	c.Env = append(os.Environ(), "HOME="+dir)
	if text, err := c.CombinedOutput(); err != nil {
		return "", &os.PathError{Op: strings.TrimSpace(string(text)), Path: dir, Err: err}
	}
	script, err := os.ReadFile(filepath.Join(dir, "node_modules/axe-core/axe.min.js"))
	return string(script), err
})

// finding is one rule of axe-core that the page breaks.
type finding struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// accessible fails for each thing that axe-core finds, contrast among them, but for parts
// that it has seen already.
func (b *browser) accessible(t *testing.T, what string, seen ...string) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	// A row that has just changed has another colour for a moment.
	b.do(chromedp.Evaluate(script+`; document.getAnimations().forEach((a) => a.finish()); true`, nil))
	var findings []finding
	text := evalPromise(b, `axe.run({ exclude: [`+strings.Join(seen, ", ")+`] }, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations))`)
	if err := json.Unmarshal([]byte(text), &findings); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("%s: %s: %s", what, f.ID, f.Help)
		for _, n := range f.Nodes[:min(3, len(f.Nodes))] {
			t.Logf("%.300s\n%s", n.HTML, n.FailureSummary)
		}
	}
}
