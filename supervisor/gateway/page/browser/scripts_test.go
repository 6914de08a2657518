package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestWithoutScripts: everything can be read, and the forms work.
func TestWithoutScripts(t *testing.T) {
	s := serve(t, "")
	b := open(t)
	b.do(emulation.SetScriptExecutionDisabled(true), chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url))
	body := func() (text string) {
		b.do(chromedp.Text("body", &text, chromedp.ByQuery))
		return text
	}
	says := func(parts ...string) {
		t.Helper()
		text := body()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("no %q in the page:\n%s", part, text)
			}
		}
	}
	says("web", "ready", "MiB", "Time line", "loads itself again", "q1")
	b.shoot("without-scripts")
	first := s.pid("web")
	// supervisord's address asks; the form does.
	b.do(chromedp.Navigate(s.url + "/index.html?action=restart&processname=web"))
	says("Restart web?")
	if s.pid("web") != first {
		t.Error("a GET has restarted it")
	}
	b.do(chromedp.Click("#confirm button", chromedp.ByQuery), chromedp.WaitVisible("#message", chromedp.ByQuery))
	says("Process web restarted")
	if s.pid("web") == first {
		t.Error("it was not restarted")
	}
	b.do(chromedp.Click(`a[data-do=restartall]`, chromedp.ByQuery), chromedp.WaitVisible("#confirm", chromedp.ByQuery))
	says("Restart 6 programs?")
	// A program, its action, its log.
	b.do(chromedp.Click(`[data-name=web] th a`, chromedp.ByQuery), chromedp.WaitVisible("#program", chromedp.ByQuery))
	says("1 of its own", "pid ")
	b.do(chromedp.Click(`#actions button[value=reload]`, chromedp.ByQuery), chromedp.WaitVisible("#message", chromedp.ByQuery))
	says("Process web reloaded", "1 of its own")
	b.do(chromedp.Click(`#actions a.plain`, chromedp.ByQuery), chromedp.WaitVisible("pre", chromedp.ByQuery))
	says("\u241b[31m<i>red</i>", "The newest line first")
	b.shoot("log-without-scripts")
}
