package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/gateway/realserver"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// BenchmarkPrograms is how smooth the page of 1,000 programs is while somebody uses it:
// the longest time between two frames, and how long Chromium has worked in scripts, in
// layout and in styles for the whole of what was done.
func BenchmarkPrograms(t *testing.B) {
	const programs = 1000
	url := realserver.Start(t, fmt.Sprintf("[program:app]\ncommand = sleep 100000\nnumprocs = %d\nprocess_name = app-%%(process_num)04d\nstartsecs = 0\n", programs/2)+
		strings.Join(slices.Collect(func(yield func(string) bool) {
			for i := range programs / 2 {
				yield(fmt.Sprintf("[program:lone-%04d]\ncommand = sleep 100000\nstartsecs = 0\n", i))
			}
		}), ""))
	s := &server{t: t, url: url}
	b := open(t)
	b.view(1280, 800, "light")
	b.do(chromedp.Navigate(url))
	b.await(isLive + fmt.Sprintf(` && document.querySelectorAll("#programs tr.RUNNING").length === %d && used.size >= %d`, programs, programs))
	b.await(row("lone-0001", "c"))
	b.see("1000")
	b.do(performance.Enable(), chromedp.Evaluate(`window.longest = 0; window.last = performance.now();
		requestAnimationFrame(function tick() { const now = performance.now(); longest = Math.max(longest, now - last); last = now; requestAnimationFrame(tick); }); true`, nil))
	pause := func(seconds float64) { b.do(chromedp.Sleep(time.Duration(seconds * float64(time.Second)))) }
	typed := func(text string) {
		b.do(chromedp.Evaluate(fmt.Sprintf(`at("filter").value = %q; at("filter").dispatchEvent(new Event("input", { bubbles: true }))`, text), nil))
		pause(0.2)
	}
	for _, done := range []struct {
		what string
		do   func()
	}{
		{"idle", func() { pause(5) }},
		{"filter", func() {
			for _, text := range []string{"l", "lo", "lone", "lone-00", "app", ""} {
				typed(text)
			}
		}},
		{"sort", func() {
			for _, by := range []string{"name", "cpu", "memory", "up", "need"} {
				b.do(chromedp.Click("[data-sort="+by+"] button", chromedp.ByQuery))
				pause(0.2)
			}
		}},
		{"scroll", func() {
			for range 20 {
				b.do(chromedp.Evaluate(`scrollBy(0, 400)`, nil))
				pause(0.05)
			}
			b.do(chromedp.Evaluate(`scrollTo(0, 0)`, nil))
		}},
		{"restart 1", func() { b.restart(s, "lone-0001", 1); pause(0.5) }},
		{"restart 500", func() { b.restart(s, "app", programs/2); pause(1) }},
	} {
		t.Run(done.what, func(t *testing.B) {
			pause(0.3)
			b.do(chromedp.Evaluate(`longest = 0; last = performance.now(); true`, nil))
			before := b.worked()
			for t.Loop() {
				done.do()
			}
			for name, seconds := range b.worked() {
				if what := map[string]string{"ScriptDuration": "ms-script", "LayoutDuration": "ms-layout", "RecalcStyleDuration": "ms-style"}[name]; what != "" {
					t.ReportMetric(1000*(seconds-before[name])/float64(t.N), what)
				}
			}
			t.ReportMetric(eval[float64](b, `longest`), "ms-longest-frame")
			t.ReportMetric(0, "ns/op")
		})
	}
	b.quiet()
}

// restart restarts a program or a group, and waits until the page shows it.
func (b *browser) restart(s *server, name string, processes int) {
	b.t.Helper()
	const restarted = `[...document.querySelectorAll("#programs tr.RUNNING[data-name^='%s']")].filter((r) => window.before?.get(r.dataset.name) !== r.querySelector("time").dateTime).length`
	b.do(chromedp.Evaluate(fmt.Sprintf(`window.before = new Map([...document.querySelectorAll("#programs tr[data-name^='%s'] time")].map((e) => [e.closest("tr").dataset.name, e.dateTime]));
		fetch(origin + "/v1/actions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ do: "restart", names: ["%s"] }) }); true`, name, name+map[bool]string{true: ":*"}[processes > 1]), nil))
	b.await(fmt.Sprintf(restarted, name) + fmt.Sprintf(" === %d", processes))
}

// worked is how long Chromium has worked for the page, by kind, in seconds.
func (b *browser) worked() map[string]float64 {
	b.t.Helper()
	worked := map[string]float64{}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		metrics, err := performance.GetMetrics().Do(ctx)
		for _, m := range metrics {
			worked[m.Name] = m.Value
		}
		return err
	}))
	return worked
}
