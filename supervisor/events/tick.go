package events

import "time"

const periods = 3

// tickTypes are the TICK events with their periods in seconds. It is never written.
var tickTypes = [periods]struct {
	name   string
	period int64
}{{Tick5, 5}, {Tick60, 60}, {Tick3600, 3600}}

// NextTick says when Tick has something to do; zero: never. That is when the slice
// of a TICK is over that Tick has seen last, or when the pause before a redelivery
// is. It is a moment that stays the same until Tick has been called, so that it
// comes: what is computed anew from the time that it is would always lie ahead. now
// must have the wall clock's time: slices are those of the epoch.
func (b *Bus) NextTick(now time.Time) (next time.Time) {
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for i, t := range tickTypes {
		switch last := b.slices[i]; {
		case !b.Wants(t.name):
		case last == 0 || slice(now, t.period) < last: // somebody has just subscribed, or the clock was set back
			sooner(now)
		default:
			sooner(time.Unix(last+t.period, 0))
		}
	}
	for _, p := range b.pools {
		if len(p.queue) > 0 && !p.queue[0].notBefore.IsZero() {
			sooner(p.queue[0].notBefore)
		}
	}
	return next
}

// Tick makes the TICK events that are due and ends the pauses that are over. A
// slice is told of once, however late; slices that were slept through are not. For
// the slice in which somebody subscribed there is none.
func (b *Bus) Tick(now time.Time) {
	for i, t := range tickTypes {
		if !b.Wants(t.name) {
			b.slices[i] = 0
			continue
		}
		this, last := slice(now, t.period), b.slices[i]
		b.slices[i] = this
		if last != 0 && last != this {
			b.Publish(tickEvent(t.name, this))
		}
	}
	for _, p := range b.pools {
		if len(p.queue) > 0 && !p.queue[0].notBefore.After(now) {
			p.queue[0].notBefore = time.Time{}
			b.dispatch(p)
		}
	}
}

// slice is the beginning of the period that now is in, in seconds of the epoch.
func slice(now time.Time, period int64) int64 { return now.Unix() / period * period }
