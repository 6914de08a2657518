package activation

import "time"

// failures are what goes wrong with gateways.
type failures struct {
	crashes  int           // gateways in a row that have ended soon after their start
	unborn   int           // and of these, those that were never there, or could not be started
	delay    time.Duration // after the last one
	told     failure       // the last that was told of
	toldUser string        // why the gateway runs as we are, as it was told; "": it does not
}

// failure is why there is no gateway.
type failure struct {
	why   string
	at    time.Time
	times int // in a row
}

// Delays after failures. Connections wait meanwhile, health checks among them, whose
// patience is a second or two.
const (
	firstDelay = 50 * time.Millisecond
	lastDelay  = 500 * time.Millisecond
	shortDelay = time.Second
)

// settled is how long a gateway has to run so that its end is no failed start.
const settled = 10 * time.Second

// forgive forgets earlier failures.
func (p *Part) forgive() { p.crashes, p.unborn, p.delay = 0, 0, 0 }

// putOff tries again later what has failed.
func (p *Part) putOff(err error, what string, now time.Time) {
	if p.host.TryAgain("HTTP", err, now) {
		p.at = now.Add(shortDelay)
		return
	}
	p.greeted, p.unborn = false, p.unborn+1 // there is none at all
	p.fail(what+err.Error(), now)
}

// fail says what is wrong with the gateway ("": it was said), and when it is started
// again. Where it is the second that has not come up, nobody waits in vain.
func (p *Part) fail(why string, now time.Time) {
	p.crashes++
	if p.unborn++; p.greeted {
		p.unborn = 0
	}
	p.delay = min(max(2*p.delay, firstDelay), lastDelay)
	p.at = now.Add(p.delay)
	what := "connections wait for " + p.delay.String()
	if p.unborn > 1 {
		p.refuse()
		what = "who connects is told so"
	}
	if why != "" {
		p.tell(why, what, now)
	}
}

// A failure that is the same again and again is told a few times, and then once a
// minute.
const (
	tellTimes = 5
	tellAgain = time.Minute
)

func (p *Part) tell(why, what string, now time.Time) {
	f := &p.told
	if f.why != why || now.Sub(f.at) >= tellAgain {
		*f = failure{why: why}
	}
	if f.times++; f.times <= tellTimes {
		f.at = now
		p.host.Log("", "HTTP gateway: "+why+"; "+what)
	}
}
