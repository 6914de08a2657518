package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entrypoint/supervisor/gateway/realserver"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const patience = realserver.Patience

// browser is one tab, and what went wrong in it.
type browser struct {
	t   testing.TB
	ctx context.Context

	mu    sync.Mutex
	wrong []string
}

// tries is how often Chromium may crash when it starts, as it does now and then.
const tries = 3

// homeFor is a directory for a Chromium. Its helpers may outlive it for a moment and
// still write there.
func homeFor(t testing.TB) string {
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
func start(t testing.TB) context.Context {
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
func open(t testing.TB) *browser {
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

// evalPromise is the text that an expression promises.
func evalPromise(b *browser, expression string) (text string) {
	b.t.Helper()
	b.do(chromedp.Evaluate(expression, &text, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return text
}

// await waits until an expression is true.
func (b *browser) await(expression string) {
	b.t.Helper()
	b.do(chromedp.Poll(expression, nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// shoot keeps a picture of the whole page, and see one of what is in view.
func (b *browser) shoot(name string) {
	b.picture(name, func(p *[]byte) chromedp.Action { return chromedp.FullScreenshot(p, 100) })
}

func (b *browser) see(name string) {
	b.picture(name, func(p *[]byte) chromedp.Action { return chromedp.CaptureScreenshot(p) })
}

func (b *browser) picture(name string, take func(*[]byte) chromedp.Action) {
	var picture []byte
	ctx, end := context.WithTimeout(b.ctx, 5*time.Second)
	defer end()
	if err := chromedp.Run(ctx, take(&picture)); err != nil {
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

// forget takes out what the browser says of connections that had to fail.
func (b *browser) forget(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = slices.DeleteFunc(b.wrong, func(w string) bool { return strings.Contains(w, part) })
}

const text = "document.getElementById(%q).textContent"

func textOf(id string) string { return fmt.Sprintf(text, id) }

// row is a cell of a program's row, by the class of the cell.
func row(program, class string) string {
	return fmt.Sprintf(`document.querySelector("[data-name='%s'] .%s").textContent`, program, class)
}

// view sets the size of the window and the theme.
func (b *browser) view(width, height int64, theme string) {
	b.t.Helper()
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}), chromedp.EmulateViewport(width, height))
}

// press presses keys, one after the other. chromedp.KeyEvent would type a letter into a
// field that has got the focus by that very key.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		if len(key) > 1 || key < " " {
			b.do(chromedp.KeyEvent(key))
			continue
		}
		b.do(input.DispatchKeyEvent(input.KeyDown).WithKey(key).WithText(key), input.DispatchKeyEvent(input.KeyUp).WithKey(key))
	}
}
