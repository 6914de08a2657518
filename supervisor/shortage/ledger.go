package shortage

import (
	"syscall"
	"time"

	"entrypoint/supervisor/phrase"
)

// RetryTime is how long whatever has met a shortage may wait until it tries again.
const RetryTime = 5 * time.Second

// overTime is after which time without a failure a shortage is over. Everything that has
// met it has tried again by then, several times, and all of that has gone well: a container
// at its limit, where some forks fail and others do not, is told of once.
const overTime = 6 * RetryTime

// Ledger knows the shortages that go on. A shortage is one of the whole container: it is
// no fault of the program that wanted something, is told once however many programs meet
// it and however often they try, and once more when it is over. It is for one goroutine.
type Ledger struct {
	Tell  func(text string, now time.Time) // tells people, in one line
	going map[syscall.Errno]*shortage      // nil: there has been none yet
}

// shortage is one that goes on.
type shortage struct {
	since time.Time
	last  time.Time // when something met it last
	tries int       // that have met it
}

// Met says whether an error comes from a shortage, of which the first one is told. who is
// the program that needed something, or what of ours.
func (l *Ledger) Met(who string, err error, now time.Time) bool {
	what := Of(err)
	if what == 0 {
		return false
	}
	s := l.going[what]
	if s == nil {
		s = &shortage{since: now}
		if l.going == nil {
			l.going = map[syscall.Errno]*shortage{}
		}
		l.going[what] = s
		l.Tell(who+": "+err.Error()+" ("+reason(what)+"); trying again until it can be done, as with all else that this keeps from starting", now)
	}
	s.last, s.tries = now, s.tries+1
	return true
}

// Tick tells what is over.
func (l *Ledger) Tick(now time.Time) {
	for what, s := range l.going {
		if now.Before(s.last.Add(overTime)) {
			continue
		}
		delete(l.going, what)
		l.Tell(over(what)+", after "+phrase.Lasted(s.since, s.last)+" in which "+phrase.Count(s.tries, "try", "tries")+" had failed", now)
	}
}

// Due is when the next one may be over; zero: there is none.
func (l *Ledger) Due() (at time.Time) {
	for _, s := range l.going {
		if over := s.last.Add(overTime); at.IsZero() || over.Before(at) {
			at = over
		}
	}
	return at
}
