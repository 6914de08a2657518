package eventually

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a test that notes how it has failed.
type recorder struct {
	testing.TB
	got string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.got = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// TestSo: it ends as soon as it is so, and else says what was waited for and what was
// seen instead.
func TestSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, looks := time.Now(), 0
		So(t, "the fifth look", func() bool { looks++; return looks == 5 }, nil)
		if took := time.Since(begin); looks != 5 || took != 15*time.Millisecond {
			t.Errorf("%d looks in %v", looks, took)
		}
		r := &recorder{TB: t}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			So(r, "a wonder", func() bool { return false }, func() string { return "nothing" })
		}()
		<-ended
		if r.got != "a wonder: not within 1m0s:\nnothing" {
			t.Errorf("%q", r.got)
		}
	})
}
