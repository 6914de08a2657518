package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestLook: 60 programs at four widths and in both themes: pictures, how much room the
// list takes, nothing that is cut off.
func TestLook(t *testing.T) {
	s := serve(t, crowd(51))
	b := open(t)
	for _, theme := range []string{"light", "dark"} {
		for _, w := range []struct{ width, height, list int64 }{{390, 844, 3 * 844}, {768, 1024, 0}, {1280, 800, 800}, {2560, 1300, 1300}} {
			t.Run(fmt.Sprint(theme, " ", w.width), func(t *testing.T) {
				b.view(w.width, w.height, theme)
				b.do(chromedp.Navigate(s.url))
				b.await(isLive)
				b.await(`document.querySelectorAll("#programs tr[data-name]").length === 60 && document.querySelectorAll("#sick tr.sick").length === 4 && document.querySelector("[data-name=web] .c").textContent`)
				if got := eval[int64](b, `Math.ceil(document.getElementById("programs").getBoundingClientRect().bottom)`); w.list > 0 && got > w.list {
					t.Errorf("the list ends at %d pixels, want %d", got, w.list)
				}
				fits := func() {
					t.Helper()
					if got := eval[int64](b, "document.documentElement.scrollWidth"); got > w.width {
						t.Errorf("%d pixels wide, on a screen of %d", got, w.width)
					}
				}
				fits()
				if cut := eval[string](b, `[...document.querySelectorAll("#sick th")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent).join()`); cut != "" {
					t.Errorf("who is sick: the names of %s are cut off", cut)
				}
				if cut := eval[string](b, `(() => { const c = document.querySelector("[data-name=web] .c"); c.querySelector("span").textContent = percent(4); return c.scrollWidth > c.clientWidth ? c.scrollWidth + " " + c.clientWidth : "" })()`); cut != "" {
					t.Errorf("who uses four processors has this number cut off: %s", cut)
				}
				b.see(fmt.Sprintf("list-%s-%d", theme, w.width))
				b.do(chromedp.Evaluate(`openProgram([...document.querySelectorAll("#sick tr")].find((r) => r.dataset.name.startsWith("sixty")).dataset.name); true`, nil))
				b.await(`document.getElementById("log-text")?.textContent.includes("cannot connect") && document.querySelectorAll("#charts svg").length === 2`)
				if top := eval[int64](b, `Math.floor(document.getElementById("program").getBoundingClientRect().top)`); top < 0 || top > w.height/2 {
					t.Errorf("the program begins at %d pixels of %d", top, w.height)
				}
				b.see(fmt.Sprintf("program-%s-%d", theme, w.width))
				b.do(chromedp.Evaluate(`for (const d of document.querySelectorAll("details")) d.open = true`, nil))
				fits()
			})
		}
	}
	// Opened by its address, a program is in view on a phone as well.
	b.view(390, 844, "light")
	b.do(chromedp.Navigate(s.url + "/?program=web"))
	b.await(isLive + ` && Math.abs(document.getElementById("program").getBoundingClientRect().top) < 100`)
	b.quiet()
}

// TestWeight: all that has come for 60 programs, without compression.
func TestWeight(t *testing.T) {
	s := serve(t, crowd(51))
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url))
	const asked = `performance.getEntriesByType("resource").some((e) => e.name.includes("/v1/%s"))`
	b.await(isLive + ` && ` + fmt.Sprintf(asked, "samples") + ` && ` + fmt.Sprintf(asked, "usage"))
	const weight = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((n, e) => n + e.decodedBodySize, 0)`
	got := eval[int](b, weight)
	t.Logf("%d bytes, first paint after %d ms", got, eval[int](b, `Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime || 0)`))
	if got > 150_000 || got < 50_000 {
		t.Errorf("%d bytes: %s", got, eval[string](b, `performance.getEntriesByType("resource").map((e) => e.name + " " + e.decodedBodySize).join(", ")`))
	}
	b.quiet()
}

// TestZoom: at 200% nothing is cut off.
func TestZoom(t *testing.T) {
	s := serve(t, "")
	b := open(t)
	b.do(emulation.SetDeviceMetricsOverride(640, 400, 2, false), chromedp.Navigate(s.url+"/?program=web"))
	b.await(isLive + ` && document.getElementById("log-text").textContent.includes("started")`)
	if got := eval[int](b, "document.documentElement.scrollWidth"); got > 640 {
		t.Errorf("%d pixels wide, on 640", got)
	}
	b.shoot("zoom")
	b.do(chromedp.Navigate(s.url))
	b.await(isLive + ` && document.querySelector("#sick .u").textContent`)
	if cut := eval[string](b, `[...document.querySelectorAll("#programs thead th:not(.a), #sick .u")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent).join()`); cut != "" {
		t.Errorf("cut off: %s", cut)
	}
	b.quiet()
}
