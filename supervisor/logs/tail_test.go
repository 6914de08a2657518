package logs

import (
	"strings"
	"sync"
	"testing"
)

// TestTap: the last bytes, and from there on all of them, with no gap and no
// overlap while a program goes on to print; over incarnations; until cancelled.
func TestTap(t *testing.T) {
	w := newWorld(t, Prefix)
	w.pump.shared.whole = 100
	if _, _, ok := w.pump.Tail("web", "stdout"); ok {
		t.Error("a tail of a program that has never been started")
	}
	spec := Spec{Program: "web", Stream: "stdout", Targets: toStdout}
	w.print(spec, strings.Repeat("x", 150)+"\n", "end\n")
	w.out.until(t, "end\n")
	last, _, ok := w.pump.Tail("web", "stdout")
	if want := strings.Repeat("x", 95) + "\nend\n"; !ok || string(last) != want {
		t.Errorf("tail %q, want %q", last, want)
	}

	_, child := w.start(spec)
	const lines = 5000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range lines {
			_, _ = child.WriteString("line\n")
		}
		_, _ = child.WriteString("last\n")
	}()
	var (
		mu   sync.Mutex
		seen strings.Builder
	)
	note := func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		seen.Write(b)
	}
	w.out.until(t, "line\n")
	cancel, ok := w.pump.Tap("web", "stdout", note, note)
	if !ok {
		t.Fatal("no tap")
	}
	<-done
	w.out.until(t, "last\n")
	cancel()
	_, _ = child.WriteString("unseen\n")
	w.out.until(t, "unseen\n")
	child.Close()
	out, _ := w.drained()
	mu.Lock()
	defer mu.Unlock()
	all := strings.ReplaceAll(out, "web | ", "")
	if got := seen.String(); !strings.HasSuffix(all, got+"unseen\n") || !strings.HasSuffix(got, "last\n") || len(got) < 100 {
		t.Errorf("seen %d bytes, ending in %q, of %d", len(got), got[max(0, len(got)-30):], len(all))
	}
}
