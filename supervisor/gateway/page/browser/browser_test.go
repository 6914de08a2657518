package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/gateway/realserver"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const patience = realserver.Patience

// browser is one tab, and what went wrong in it.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	wrong []string
}

// tries is how often Chromium may crash when it starts, as it does now and then.
const tries = 3

// homeFor is a directory for a Chromium. Its helpers may outlive it for a moment and
// still write there.
func homeFor(t *testing.T) string {
	t.Helper()
	home, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if err := os.RemoveAll(home); err == nil {
				return
			} else if time.Since(begin) > patience {
				t.Error(err)
				return
			}
		}
	})
	return home
}

// start starts Chromium.
func start(t *testing.T) context.Context {
	t.Helper()
	for try := 1; ; try++ {
		home := homeFor(t)
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.UserDataDir(home), chromedp.Flag("disable-background-networking", true), chromedp.Env("HOME="+home))
		ctx, endAll := chromedp.NewExecAllocator(t.Context(), options...)
		ctx, end := chromedp.NewContext(ctx)
		err := chromedp.Run(ctx)
		if err == nil {
			t.Cleanup(endAll)
			t.Cleanup(end)
			return ctx
		}
		end()
		endAll()
		if try == tries {
			t.Fatal(err)
		}
		t.Log("once more: ", err)
	}
}

// open opens a tab in a new Chromium.
func open(t *testing.T) *browser {
	t.Helper()
	b := &browser{t: t, ctx: start(t)}
	chromedp.ListenTarget(b.ctx, func(e any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			b.wrong = append(b.wrong, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			b.wrong = append(b.wrong, fmt.Sprint("console: ", e.Type, e.Args))
		case *log.EventEntryAdded:
			b.wrong = append(b.wrong, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	})
	b.do(log.Enable(), runtime.Enable())
	return b
}

// do carries out actions within the patience.
func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	end := time.AfterFunc(patience, func() { b.shoot("late"); chromedp.Cancel(b.ctx) })
	defer end.Stop()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatalf("%v; in the browser: %v", err, b.wrong)
	}
}

// eval is the value of an expression in the page.
func eval[T any](b *browser, expression string) (v T) {
	b.t.Helper()
	b.do(chromedp.Evaluate(expression, &v))
	return v
}

// await waits until an expression is true.
func (b *browser) await(expression string) {
	b.t.Helper()
	b.do(chromedp.Poll(expression, nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// shoot keeps a picture.
func (b *browser) shoot(name string) {
	var picture []byte
	ctx, end := context.WithTimeout(b.ctx, 5*time.Second)
	defer end()
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&picture, 100)); err != nil {
		b.t.Logf("no screenshot %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}

// quiet fails if there was an error in the page.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("in the browser: %s", w)
	}
}

// expect takes out the one thing that the browser says of an answer that had to be
// bad.
func (b *browser) expect(part string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrong) != 1 || !strings.Contains(b.wrong[0], part) {
		b.t.Errorf("in the browser: %q, want %q", b.wrong, part)
	}
	b.wrong = nil
}

const text = "document.getElementById(%q).textContent"

func textOf(id string) string { return fmt.Sprintf(text, id) }

// TestPage: live without a reload, actions, log, search, keyboard.
func TestPage(t *testing.T) {
	s := serve(t)
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url))
	b.await(textOf("live") + ` === "live"`)
	b.await(textOf("program-bad-state") + `.includes("FATAL")`)
	if why := eval[string](b, textOf("program-bad-why")); !strings.Contains(why, "exit code 3") {
		t.Errorf("why of bad: %q", why)
	}
	if health := eval[string](b, textOf("health")); health != "ready" {
		t.Errorf("health: %q", health)
	}
	b.do(chromedp.Evaluate("window.same = true", nil))

	// It dies, and the page knows.
	first := s.pid("web")
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b.await(textOf("program-web-restarts") + ` === "1"`)
	b.await(fmt.Sprintf(`%s.includes("RUNNING") && !%s.includes("pid %d,")`, textOf("program-web-state"), textOf("program-web-why"), first))
	if events := eval[string](b, textOf("events")); !strings.Contains(events, "SIGKILL") {
		t.Errorf("the time line says nothing of SIGKILL: %s", events)
	}

	// By click.
	second := s.pid("web")
	b.do(chromedp.Click(`#program-web button[value=restart]`, chromedp.ByQuery))
	b.await(textOf("message") + ` === "web: restarted"`)
	b.await(textOf("program-web-restarts") + ` === "2"`)
	if third := s.pid("web"); third == second {
		t.Errorf("pid %d before and after the restart", third)
	}
	b.do(chromedp.SetValue(`#program-web select`, "USR1", chromedp.ByQuery), chromedp.Click(`#program-web-signal`, chromedp.ByQuery))
	b.await(textOf("message") + ` === "web: signalled with USR1"`)

	// By keyboard.
	b.do(chromedp.Focus("#program-later-start", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	b.await(textOf("message") + ` === "later: started"`)
	b.await(textOf("program-later-state") + `.includes("RUNNING") && document.getElementById("program-later-start").disabled`)
	b.do(chromedp.Focus("#program-later-stop", chromedp.ByQuery), chromedp.KeyEvent(" "))
	b.await(textOf("program-later-state") + `.includes("STOPPED")`)

	// What is wrong is said.
	b.do(chromedp.Click(`#program-bad-start`, chromedp.ByQuery))
	b.await(textOf("message") + `.startsWith("bad: ")`)
	b.expect("409 (Conflict)")

	// Usage, charts.
	b.await(`document.querySelector("#program-web .cpu path") && document.querySelector("#program-web .memory .number").textContent.includes("iB")`)

	// The log, as it comes.
	b.do(chromedp.Click(`#program-web a.log`, chromedp.ByQuery))
	b.await(textOf("log-text") + `.includes("started \u241b[31m<i>red</i>\u241b[0m")`)
	if n := eval[int](b, `document.querySelectorAll("#log-text i").length`); n != 0 {
		t.Error("what a program prints has become HTML")
	}
	for i := range 3 {
		s.print(fmt.Sprintf("needle %d", i))
		s.print(fmt.Sprintf("hay %d", i))
	}
	b.await(textOf("log-text") + `.includes("needle 2") && ` + textOf("log-text") + `.includes("hay 2")`)
	b.do(chromedp.SendKeys("#log-search", "NEEDLE", chromedp.ByQuery))
	b.await(`[...document.querySelectorAll("#log-text div:not([hidden])")].length === 3 && document.querySelectorAll("#log-text mark").length === 3`)
	s.print("needle 3")
	b.await(`document.querySelectorAll("#log-text mark").length === 4 && ` + textOf("log-count") + `.startsWith("4 of ")`)
	b.shoot("light")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.await(`document.getElementById("log").hidden`)

	if !eval[bool](b, "window.same === true") {
		t.Error("the page was loaded again")
	}
	b.quiet()
}

//go:embed contrast.js
var contrast string

// broken finds the words in the heads of the table's rows and columns that are on
// two lines.
const broken = `[...document.querySelectorAll("#programs th")].filter((th) => {
	const range = document.createRange();
	range.selectNodeContents(th.firstChild);
	return new Set([...range.getClientRects()].map((r) => r.top)).size > 1;
}).map((th) => th.textContent).join(", ")`

// TestLook: text can be read in both colour schemes, and on a phone.
func TestLook(t *testing.T) {
	s := serve(t)
	b := open(t)
	for _, scheme := range []string{"light", "dark"} {
		for name, width := range map[string]int64{"wide": 1280, "laptop": 1100, "tablet": 800, "phone": 390} {
			t.Run(scheme+" "+name, func(t *testing.T) {
				b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
					chromedp.EmulateViewport(width, 800), chromedp.Navigate(s.url+"/?action=restart&processname=web&message=hello"))
				b.await(textOf("live") + ` === "live"`)
				b.await(textOf("program-bad-state") + `.includes("FATAL")`)
				b.do(chromedp.Click(`#program-web a.log`, chromedp.ByQuery))
				b.await(textOf("log-text") + `.includes("started")`)
				b.do(chromedp.SendKeys("#log-search", "started", chromedp.ByQuery))
				b.await(`document.querySelector("#log-text mark")`)
				if got := eval[int](b, "document.documentElement.scrollWidth"); got > int(width) {
					t.Errorf("%d pixels wide, on a screen of %d", got, width)
				}
				if got := eval[string](b, broken); got != "" {
					t.Errorf("broken in the middle: %s", got)
				}
				var report struct {
					Looked int
					Poor   []string
				}
				if err := json.Unmarshal([]byte(eval[string](b, contrast)), &report); err != nil {
					t.Fatal(err)
				}
				if report.Looked < 50 {
					t.Errorf("only %d texts were looked at", report.Looked)
				}
				for _, p := range report.Poor {
					t.Errorf("contrast below 4.5: %s", p)
				}
				b.shoot(scheme + "-" + name)
			})
		}
	}
	b.quiet()
}

// TestWithoutScripts: everything can be read, and the forms work.
func TestWithoutScripts(t *testing.T) {
	s := serve(t)
	b := open(t)
	b.do(emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(s.url))
	body := func() (text string) {
		b.do(chromedp.Text("body", &text, chromedp.ByQuery))
		return text
	}
	for _, part := range []string{"web", "RUNNING", "pid ", "MiB", "Time line", "loads itself again"} {
		if text := body(); !strings.Contains(text, part) {
			t.Errorf("no %q in the page:\n%s", part, text)
		}
	}
	first := s.pid("web")
	// supervisord's address asks; the form does.
	b.do(chromedp.Navigate(s.url + "/index.html?action=restart&processname=web"))
	if text := body(); !strings.Contains(text, "Restart web?") {
		t.Errorf("nothing asks:\n%s", text)
	}
	if s.pid("web") != first {
		t.Error("a GET has restarted it")
	}
	b.do(chromedp.Click("#confirm button", chromedp.ByQuery), chromedp.WaitVisible("#message", chromedp.ByQuery))
	if text := body(); !strings.Contains(text, "Process web restarted") {
		t.Errorf("no word of it:\n%s", text)
	}
	if s.pid("web") == first {
		t.Error("it was not restarted")
	}
	b.do(chromedp.Click(`#program-web a.log`, chromedp.ByQuery), chromedp.WaitVisible("pre", chromedp.ByQuery))
	if text := body(); !strings.Contains(text, "\u241b[31m<i>red</i>") {
		t.Errorf("the log:\n%s", text)
	}
	b.shoot("without-scripts")
}
