package program

import (
	"slices"
	"time"

	"entrypoint/supervisor/phrase"
)

// A program that comes up and crashes again and again is given up when it has
// crashed more often than restart_limit allows within a time. An end with an
// expected code is no crash, nor is one that somebody has asked for. The time is
// that in which the program was up: the waits between its starts grow, so that a
// program that lives for some seconds would never meet a limit by the clock.

// crashed counts a crash, and says in Limited whether it was one too many.
func crashed(p *Program) {
	limit := p.Config.RestartLimit
	if limit.Count <= 0 {
		return
	}
	recent := make([]time.Duration, 0, limit.Count+1)
	if p.Crashes != nil {
		for _, at := range *p.Crashes {
			if at > p.Ran-limit.Within {
				recent = append(recent, at)
			}
		}
	}
	recent = slices.Clip(append(recent, p.Ran))
	p.Crashes = &recent
	p.Limited = len(recent) > limit.Count
}

// Within is in how much time of being up the crashes came that are not forgotten, and
// how many they are.
func (p *Program) Within() (crashes int, d time.Duration) {
	if p.Crashes == nil || len(*p.Crashes) == 0 {
		return 0, 0
	}
	return len(*p.Crashes), p.Ran - (*p.Crashes)[0]
}

// Attempts says how often a program that is given up was tried, or how often it has
// crashed.
func (p *Program) Attempts() string {
	if !p.Limited {
		return phrase.Count(p.Failures, "try", "tries")
	}
	crashes, within := p.Within()
	return phrase.Count(crashes, "crash", "crashes") + " within " + phrase.Span(within) + " of being up (restart_limit " + p.Config.RestartLimit.String() + ")"
}
