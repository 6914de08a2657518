package config

import (
	"strings"
	"time"

	"entrypoint/config/vocabulary"
)

// probeKeys say how it is found out whether a program is ready, and alive. The table is
// never written.
var probeKeys = []programKey{
	{row{
		Name: "ready", Type: vocabulary.Text, Default: "(what a known web server listens on; else a program is ready when it is RUNNING)",
		Help: "How it is found out that the program is ready: `unix:/PATH`, `tcp:HOST:PORT`, `http://HOST:PORT/PATH`, `exec:COMMAND`, " +
			"`log:REGEX`, `notify`, `fd:N`, `delay:N` or `none`. Programs that depend on it wait for that.",
		Example: "ready = http://127.0.0.1:8000/health",
	}, everywhere, forAll, setReady},
	{row{
		Name: "ready_interval", Type: vocabulary.Duration, Default: "(often at first, and then less often)",
		Help:    "How long to wait between two questions whether the program is ready.",
		Example: "ready = tcp:127.0.0.1:8000\nready_interval = 500ms",
	}, everywhere, forAll, setReadyInterval},
	{row{
		Name: "ready_timeout", Type: vocabulary.Duration, Default: "0",
		Help:    "How long the program may take until it is ready; 0: for ever. After that, `ready_failure` says what happens.",
		Example: "ready = tcp:127.0.0.1:8000\nready_timeout = 60s",
	}, everywhere, forAll, setReadyTimeout},
	{row{
		Name: "ready_failure", Type: vocabulary.Choice, Values: &lateNames, Default: "restart",
		Help:    "What becomes of a program that is not ready after `ready_timeout`: `restart`: it has failed to start, and is tried again; `fatal`: it is given up; `ignore`: it stays as it is.",
		Example: "ready = tcp:127.0.0.1:8000\nready_timeout = 60s\nready_failure = fatal",
	}, everywhere, forAll, setReadyFailure},
	{row{
		Name: "live", Type: vocabulary.Text, Default: "(nothing is asked)",
		Help: "How it is found out that the program still works, once it is ready: `unix:/PATH`, `tcp:HOST:PORT`, `http://HOST:PORT/PATH`, `exec:COMMAND` or `notify`. " +
			"After `live_failures` bad answers in a row it is restarted.",
		Example: "live = http://127.0.0.1:8000/health",
	}, everywhere, forAll, setLive},
	{row{
		Name: "live_interval", Type: vocabulary.Duration, Default: "10s",
		Help:    "How long to wait between two questions of `live`. With `live = notify`, `WATCHDOG=1` has to come within `live_interval` times `live_failures`.",
		Example: "live = tcp:127.0.0.1:8000\nlive_interval = 30s",
	}, everywhere, forAll, setLiveInterval},
	{row{
		Name: "live_timeout", Type: vocabulary.Duration, Default: "5s",
		Help:    "How long one answer to `live` may take.",
		Example: "live = tcp:127.0.0.1:8000\nlive_timeout = 2s",
	}, everywhere, forAll, setLiveTimeout},
	{row{
		Name: "live_failures", Type: vocabulary.Integer, Default: "3",
		Help:    "How many bad answers to `live` in a row restart the program.",
		Example: "live = tcp:127.0.0.1:8000\nlive_failures = 5",
	}, everywhere, forAll, setLiveFailures},
}

// Health is how a program is asked, beside the questions themselves.
type Health struct {
	// Ready says when programs that depend on this one may start; without one as
	// soon as it is RUNNING.
	Ready   Probe
	Every   time.Duration // ready_interval; 0: often at first
	Timeout time.Duration // ready_timeout: how long it may take; 0: for ever
	Late    Late          // ready_failure: what becomes of one that takes longer

	// Live is asked from when it is ready on. After Failures bad answers in a row
	// the program is restarted.
	Live        Probe
	LiveEvery   time.Duration // live_interval
	LiveTimeout time.Duration // live_timeout: of one answer
	Failures    int           // live_failures
}

// LivePeriod is the time between two health checks, or the longest that a program may
// take between two words of its own (WATCHDOG=1).
func (h *Health) LivePeriod() time.Duration {
	if h.Live.Kind == ProbeNotify {
		return h.LiveEvery * time.Duration(h.Failures)
	}
	return h.LiveEvery
}

// Late is what becomes of a program that is not ready in time.
type Late int

// The values of ready_failure=.
const (
	LateRestart Late = iota
	LateFatal        // it is stopped, and FATAL
	LateIgnore       // it stays, and is not ready
)

// lateNames are the values, in the order of the constants. They are never written.
var lateNames = []string{"restart", "fatal", "ignore"}

// Defaults of liveness, and of one answer to a question about readiness.
const (
	liveEvery    = 10 * time.Second
	liveTimeout  = 5 * time.Second
	liveFailures = 3
	leastEvery   = 10 * time.Millisecond
)

func setReady(b *build, k setting, t *text) (err error) {
	b.p.Ready, err = parseProbe(t)
	b.written(k, &b.p.Ready)
	return err
}

// written notes how the file has a probe into which a variable has put something.
// A numeric address can be shown.
func (b *build) written(k setting, p *Probe) {
	if p.Kind != ProbeTCP && len(b.expansions[origin{k.File, k.Line, k.Name}]) > 0 {
		p.Written = strings.TrimSpace(k.Value)
	}
}

func setReadyInterval(b *build, _ setting, t *text) (err error) {
	b.p.Every, err = parseInterval(t.s)
	return err
}

func setReadyTimeout(b *build, _ setting, t *text) (err error) {
	b.p.Timeout, err = parseDelay(t.s)
	return err
}

func setReadyFailure(b *build, _ setting, t *text) error {
	n, err := parseWord(t.s, lateNames)
	b.p.Late = Late(n)
	return err
}

func setLive(b *build, k setting, t *text) (err error) {
	b.p.Live, err = parseProbe(t)
	b.written(k, &b.p.Live)
	if err == nil && !b.p.Live.Asks() && b.p.Live.Kind != ProbeNotify {
		err = invalid(t.s, "says nothing later on: live takes unix:, tcp:, http://, exec: and notify")
	}
	return err
}

func setLiveInterval(b *build, _ setting, t *text) (err error) {
	b.p.LiveEvery, err = parseInterval(t.s)
	return err
}

func setLiveTimeout(b *build, _ setting, t *text) (err error) {
	b.p.LiveTimeout, err = parseInterval(t.s)
	return err
}

func setLiveFailures(b *build, _ setting, t *text) (err error) {
	b.p.Failures, err = parseInt(t.s, 1, 1000)
	return err
}

func parseInterval(s string) (time.Duration, error) {
	d, err := parseDelay(s)
	if err == nil && d < leastEvery {
		err = invalid(s, "is less than 10ms")
	}
	return d, err
}

// completeHealth refuses what has no meaning together.
func (b *build) completeHealth() {
	p := b.p
	if p.Ready.None() && p.Profile == "" {
		b.refuse("it has no effect without the key ready", "ready_interval", "ready_timeout", "ready_failure")
	}
	if p.Live.None() {
		b.refuse("it has no effect without the key live", "live_interval", "live_timeout", "live_failures")
	}
	if p.Timeout == 0 {
		b.refuse("the key ready_timeout is missing: without it there is no end to wait for", "ready_failure")
	}
	if k, ok := b.lookup("ready"); ok && p.Ready.Kind == ProbeFD && p.Socket != nil && p.Socket.Activate && p.Ready.FD == 3 {
		b.fail(k, "descriptor 3 is the listening socket")
	}
}
