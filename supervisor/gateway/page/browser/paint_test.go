package browser

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// loads is how often each page is loaded, and traced how often once more, with a trace.
const (
	loads  = 9
	traced = 3
)

// whole asks Chromium to tell when the last row of the list is on the screen.
const whole = `addEventListener("DOMContentLoaded", () => {
	const last = [...document.querySelectorAll("#programs tr[data-name] th")].at(-1);
	if (!last) { window.wholeAt = 1; return; }
	last.setAttribute("elementtiming", "last");
	new PerformanceObserver((l) => { window.wholeAt = l.getEntries()[0].renderTime; }).observe({ type: "element", buffered: true });
})`

// painted is one page as it is opened from somewhere, with the milliseconds since the
// navigation began of all loads.
type painted struct {
	what, from, path            string
	answer, first, rows, worked []float64
}

// BenchmarkFirstPaint is when Chromium has first painted something of the page of 60
// programs: the head and the sick ones; when it has painted all rows; when the answer
// began; and how long its main thread had at least worked until the first paint. Who comes
// from elsewhere gets a process of its own; who looks again has one that knows the fonts. A
// page of two letters, loaded in turn with it, shows what this machine needs for any page.
//
// The bar is 100 ms. On two cores that draw in software it is missed: from elsewhere the
// median of a run is 156 to 188 ms and the best 92 to 156, where two letters need 68 to 96
// and 60; again it is 100 to 140 and 84 to 116, where they need 32 to 48 and 32. All rows
// are there 25 to 80 ms after that. (The larger numbers are from a machine with other work;
// on one of half the speed it is 276 to 312 and 136 to 180, where they need 130 to 190 and 56.)
//
// A trace shows that both cores are busy all that time: Chromium's own process works about
// 50 ms for any page, the renderer 63 where two letters need 25, and the server 13. So it
// helps little to send the head before the programs are known (the first byte comes after 13
// instead of 27 ms, the paint when it did), to hide all that is below the sick ones, or to
// show that only when the first frame is on the screen: each was tried, and is not there.
func BenchmarkFirstPaint(t *testing.B) {
	s := serve(t, crowd(51))
	b := open(t)
	b.view(1280, 800, "light")
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdpage.AddScriptToEvaluateOnNewDocument(whole).Do(ctx)
		return err
	}), chromedp.Navigate(s.url))
	b.await(isLive + ` && document.querySelectorAll("#sick tr.sick").length === 4`)
	const elsewhere = "data:text/html,elsewhere"
	pages := []*painted{
		{what: "60 programs from elsewhere", from: elsewhere, path: "/"},
		{what: "two letters from elsewhere", from: elsewhere, path: "/ok.html"},
		{what: "60 programs again", from: s.url + "/ok.html", path: "/"},
		{what: "two letters again", from: s.url + "/ok.html", path: "/ok.html?"},
	}
	for t.Loop() {
		for range loads {
			for _, p := range pages {
				b.load(s, p)
				p.first = append(p.first, eval[float64](b, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
				p.answer = append(p.answer, eval[float64](b, `performance.getEntriesByType("navigation")[0].responseStart`))
				p.rows = append(p.rows, eval[float64](b, `wholeAt`))
			}
		}
		for _, p := range pages {
			p.worked = b.trace(s.url+p.path, func() {
				for range traced {
					b.load(s, p)
				}
			})
		}
	}
	for i, p := range pages {
		t.Run(p.what, func(t *testing.B) {
			for t.Loop() {
			}
			t.ReportMetric(median(p.answer), "ms-first-byte")
			t.ReportMetric(slices.Min(p.first), "ms-first-best")
			t.ReportMetric(median(p.first), "ms-first")
			t.ReportMetric(slices.Min(p.worked), "ms-worked")
			if i%2 == 0 {
				t.ReportMetric(median(p.rows), "ms-all-rows")
				t.ReportMetric(median(p.first)/median(pages[i+1].first), "x-two-letters")
			}
			t.ReportMetric(0, "ns/op")
		})
	}
	b.quiet()
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// load opens a page from where p says, and waits until all of it is painted. It polls in
// the test: a tab that has just got another process cannot be polled yet. The first question
// comes late, for its answer would take its time from the paint.
func (b *browser) load(s *server, p *painted) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.from), chromedp.Sleep(150*time.Millisecond), chromedp.Navigate(s.url+p.path), chromedp.Sleep(400*time.Millisecond))
	for range 200 {
		b.do(chromedp.Sleep(50 * time.Millisecond))
		if eval[bool](b, `window.wholeAt > 0 && performance.getEntriesByName("first-contentful-paint").length > 0`) {
			return
		}
	}
	b.t.Fatal("nothing was painted")
}

// traceEvent is an event of a trace: times are in microseconds.
type traceEvent struct {
	Name     string  `json:"name"`
	Begin    float64 `json:"ts"`
	Worked   float64 `json:"tdur"` // time of the thread on a processor
	Process  int     `json:"pid"`
	Thread   int     `json:"tid"`
	Argument struct {
		Data struct {
			URL string `json:"documentLoaderURL"`
		} `json:"data"`
	} `json:"args"`
}

// trace is how many milliseconds the main thread has worked from the begin of each
// navigation to url until the first paint.
func (b *browser) trace(url string, do func()) (worked []float64) {
	b.t.Helper()
	var mu sync.Mutex
	var events []traceEvent
	over := make(chan struct{})
	ctx, end := context.WithCancel(b.ctx)
	defer end()
	chromedp.ListenTarget(ctx, func(e any) {
		switch e := e.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, text := range e.Value {
				var t traceEvent
				if json.Unmarshal(text, &t) == nil {
					events = append(events, t)
				}
			}
		case *tracing.EventTracingComplete:
			close(over)
		}
	})
	b.do(tracing.Start().WithTransferMode(tracing.TransferModeReportEvents).WithTraceConfig(&tracing.TraceConfig{IncludedCategories: []string{"toplevel", "blink.user_timing", "loading"}}))
	do()
	b.do(tracing.End())
	select {
	case <-over:
	case <-time.After(patience):
		b.t.Fatal("the trace does not end")
	}
	mu.Lock()
	defer mu.Unlock()
	return workedUntilPaint(events, url)
}

// workedUntilPaint reads a trace.
func workedUntilPaint(events []traceEvent, url string) (worked []float64) {
	slices.SortStableFunc(events, func(a, b traceEvent) int { return int(a.Begin - b.Begin) })
	for i, e := range events {
		if e.Name != "navigationStart" || e.Argument.Data.URL != url {
			continue
		}
		sum := 0.0
		for _, other := range events[i:] {
			if other.Process != e.Process {
				continue
			}
			if other.Name == "firstContentfulPaint" {
				worked = append(worked, sum/1000)
				break
			}
			if other.Thread == e.Thread && other.Name == "ThreadControllerImpl::RunTask" {
				sum += other.Worked
			}
		}
	}
	return worked
}
