package events

import "time"

// clockLook is how often the wall clock is looked at while a TICK is waited for: it may
// be set meanwhile, and the events follow it.
const clockLook = time.Minute

// Part lets the bus publish TICK events and repeat what listeners have rejected. It
// implements part.Part.
type Part struct{ *Bus }

// Due is when the bus has something to do, or the wall clock is to be looked at.
func (p Part) Due() time.Time {
	now := time.Now()
	at := p.NextTick(now)
	if look := now.Add(clockLook); at.After(look) {
		return look
	}
	return at
}
