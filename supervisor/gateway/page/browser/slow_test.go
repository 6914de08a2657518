package browser

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestSlowLink: over a link of a quarter of a second and 100 kB a second the page says what
// it waits for, works, and shows each line and each event.
func TestSlowLink(t *testing.T) {
	const told = `window.told = []; new MutationObserver(() => {
		for (const e of document.querySelectorAll("#live, #loading, #log-text[aria-busy]")) {
			const text = e.id + ": " + (e.getAttribute("aria-busy") || e.textContent);
			if (!e.querySelector("noscript") && !told.includes(text)) told.push(text);
		}
	}).observe(document, { childList: true, subtree: true, characterData: true, attributes: true })`
	s := serve(t, "")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), network.Enable(), network.EmulateNetworkConditions(false, 250, 100_000, 100_000),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(told).Do(ctx)
			return err
		}), chromedp.Navigate(s.url))
	b.await(isLive)
	b.do(chromedp.Click(`[data-name=web] th a`, chromedp.ByQuery))
	b.await(`document.getElementById("log-text")?.textContent.includes("started")`)
	for i := range 50 {
		s.print(fmt.Sprintf("line %02d.", i))
	}
	b.await(textOf("log-text") + `.includes("line 49.")`)
	lines := eval[string](b, `document.getElementById("log-text").textContent`)
	for i := range 50 {
		if n := strings.Count(lines, fmt.Sprintf("line %02d.", i)); n != 1 {
			t.Errorf("line %d is there %d times", i, n)
		}
	}
	s.kill(s.pid("queue:q1"), syscall.SIGKILL)
	b.await(`document.querySelector("[data-name='queue:q1']").dataset.restarts === "1" && ` + textOf("events") + `.includes("SIGKILL")`)
	b.do(chromedp.Click("#actions button[value=restart]", chromedp.ByQuery))
	b.await(textOf("message") + ` === "web: restarted"`)
	if got, want := eval[string](b, `told.slice(0, 4).join(", ")`), "live: connecting \u2026, live: live, loading: Loading web \u2026, log-text: true"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	b.quiet()
}
