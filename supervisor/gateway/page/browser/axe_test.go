package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
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

// accessible fails for each thing that axe-core finds, contrast among them. where is what it
// looks at, as axe.run takes it.
func (b *browser) accessible(t *testing.T, what, where string) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	// A row that has just changed has another colour for a moment.
	b.do(chromedp.Evaluate(script+`; document.getAnimations().forEach((a) => a.finish()); true`, nil))
	var findings []finding
	text := evalPromise(b, `axe.run(`+where+`, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations))`)
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

// What axe-core looks at: all of the page, all but rows that it has seen, a question.
const (
	everything = "document"
	notTheRows = `{ exclude: ["#programs tbody"] }`
	theDialog  = `{ include: ["dialog"] }`
)

// TestAccessible: axe-core finds nothing that hinders anybody, at two widths in both
// themes: the list, a menu, questions, one program with all that is known of it, a log as a
// page, and what the server sends, with its question.
func TestAccessible(t *testing.T) {
	s := serve(t, crowd(8)) // a row of each kind
	b := open(t)
	b.do(network.Enable())
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1280} {
			at := func(what string) string { return fmt.Sprint(what, " ", theme, " ", width) }
			b.view(width, 800, theme)
			b.do(chromedp.Navigate(s.url + "/?message=hello"))
			b.await(isLive + ` && document.querySelectorAll("#sick tr").length === 4 && ` + row("often", "y") + `.startsWith("restarting 3 times")`)
			b.accessible(t, at("list"), everything)
			b.do(chromedp.Evaluate(`askMany("stop", "all")`, nil))
			b.accessible(t, at("question"), theDialog)
			b.do(chromedp.Evaluate(`document.querySelector("dialog").close(); showKeys()`, nil))
			b.accessible(t, at("keys"), theDialog)
			b.do(chromedp.Evaluate(`document.querySelector("dialog").close(); openProgram("bad"); true`, nil))
			b.await(`document.getElementById("program")?.dataset.name === "bad" && document.querySelectorAll("#charts svg").length === 2`)
			b.do(chromedp.Evaluate(`for (const d of document.querySelectorAll("details")) d.open = true; openMenu(document.querySelector(".a a"), document.querySelector("#sick tr"))`, nil))
			b.accessible(t, at("program and menu"), notTheRows)
			b.do(chromedp.Navigate(s.url + "/tail.html?processname=web"))
			b.accessible(t, at("log"), everything)

			// As the server sends it: axe-core is a script itself, so that only ours is kept away.
			b.do(network.SetBlockedURLs([]string{"*/page.js"}), chromedp.Navigate(s.url+"/?action=restart&processname=web&program=bad"))
			b.accessible(t, at("without scripts"), everything)
			b.do(network.SetBlockedURLs([]string{}))
		}
	}
	b.forget("page.js")
	b.quiet()
}

// TestAccessibleMany: the same of 60 programs, in columns beside each other and beside a
// program.
func TestAccessibleMany(t *testing.T) {
	s := serve(t, crowd(51))
	b := open(t)
	for _, theme := range []string{"light", "dark"} {
		b.view(2560, 1300, theme)
		b.do(chromedp.Navigate(s.url))
		b.await(isLive + ` && document.querySelectorAll("#sick tr").length === 4`)
		b.accessible(t, "columns "+theme, everything)
	}
	b.view(1280, 800, "light")
	b.do(chromedp.Evaluate(`openProgram("web"); true`, nil))
	b.await(`document.querySelectorAll("#charts svg").length === 2`)
	b.accessible(t, "beside a program", everything)
	b.quiet()
}
