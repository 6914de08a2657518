package program

import (
	"time"

	"entrypoint/config"
)

// A stop may have less time than the ladder of stop signals wants: the whole
// container has one budget. Then the waits are scaled, so that the last signal, the
// quick one, is sent while there is time left for what it does. A signal that is
// only repeated, in case it was lost, keeps its own pace, and is left out where that
// does not fit.

// leastLast is what is kept for the signals that follow one, if they have so much
// and if that is not more than half of the time.
const leastLast = 500 * time.Millisecond

// wait is how long the program may take over the signal of its current rung.
func (p *Program) wait(now time.Time) time.Duration {
	rungs := p.Config.StopSignals[p.Rung:]
	return min(rungs[0].Wait, p.share(rungs, now))
}

// share is how long the program may take over a signal and its repetitions, which
// rungs begins with.
func (p *Program) share(rungs []config.StopSignal, now time.Time) time.Duration {
	own, later, n := rungs[0].Wait, time.Duration(0), 1
	for ; n < len(rungs) && rungs[n].Again; n++ {
		own += rungs[n].Wait
	}
	if n == len(rungs) {
		return own // until SIGKILL, which the limit of the stop brings in time
	}
	for _, rung := range rungs[n:] {
		later += rung.Wait
	}
	by := p.lastRungBy()
	left := by.Sub(now)
	if by.IsZero() || own+later <= left {
		return own
	}
	scaled := time.Duration(float64(left) * float64(own) / float64(own+later))
	return max(0, min(scaled, left-min(later, left/2, leastLast)))
}

// nextRung is the rung that follows the current one; the number of rungs: none does.
func (p *Program) nextRung(now time.Time) int {
	rungs := p.Config.StopSignals
	i := p.Rung + 1
	for i < len(rungs) && rungs[i].Again && p.share(rungs[i:], now) < rungs[i].Wait/2 {
		i++
	}
	return i
}
