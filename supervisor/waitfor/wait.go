package waitfor

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Pauses between attempts, and between lines that say the same.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = time.Second
	sayAgain   = 5 * time.Second
)

// Wait waits until every target answers, and tells how it goes. The error names
// those that do not when ctx ends.
func Wait(ctx context.Context, targets []Target, log func(string)) error {
	begin := time.Now()
	reasons := make([]string, len(targets))
	var lines sync.Mutex
	say := func(text string) {
		lines.Lock()
		defer lines.Unlock()
		log(text)
	}
	var all sync.WaitGroup
	for i := range targets {
		all.Go(func() { reasons[i] = targets[i].wait(ctx, begin, say) })
	}
	all.Wait()
	var late []string
	for i, reason := range reasons {
		if reason != "" {
			late = append(late, targets[i].Name+": "+reason)
		}
	}
	if late == nil {
		return nil
	}
	return errors.New(strings.Join(late, "; "))
}

// wait tries until the target answers ("") or ctx ends: then it is the last reason.
func (t *Target) wait(ctx context.Context, begin time.Time, say func(string)) (reason string) {
	pause, told, toldAt := firstPause, "", time.Time{}
	for {
		err := t.Check(ctx)
		up := time.Since(begin).Round(100 * time.Millisecond)
		if err == nil {
			if told != "" {
				say(t.Name + " answers after " + up.String())
			}
			return ""
		}
		if !over(ctx) || reason == "" { // the end of ctx is no reason
			reason = err.Error()
		}
		if reason != told || time.Since(toldAt) >= sayAgain {
			say("waiting for " + t.Name + ": " + reason + " (" + up.String() + ")")
			told, toldAt = reason, time.Now()
		}
		select {
		case <-ctx.Done():
			return reason
		case <-time.After(pause + rand.N(pause/4)):
		}
		pause = min(pause*2, lastPause)
	}
}

// over says whether ctx has ended. A connection learns of its deadline from the kernel,
// maybe before the timer of ctx has been looked at.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}
