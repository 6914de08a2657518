package config

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/ini"
)

// build is a program while its section is read.
type build struct {
	*loader
	section *ini.Section
	scope   scope
	p       *Program

	stopSignals []syscall.Signal
	stopWait    time.Duration
	insist      bool // send the stop signals again and again
	failed      bool // one of its keys is wrong
}

// program reads one [program:name] section.
func (l *loader) program(s *ini.Section, name string) {
	if err := validName(name); err != nil {
		l.fail(s, err.Error())
		return
	}
	b := &build{
		loader: l, section: s,
		scope: scope{env: l.env, own: l.all, here: l.here, program: name, numProcs: 1},
		p: &Program{
			Name:   name,
			Source: s.File + ":" + strconv.Itoa(s.Line),

			Environment: slices.Clone(l.all),
			// supervisord's defaults.
			Priority: 999, Autostart: true, Autorestart: RestartUnexpected, ExitCodes: []int{0},
			StartSecs: time.Second, StartRetries: 3,
		},
		stopSignals: []syscall.Signal{syscall.SIGTERM},
		stopWait:    10 * time.Second,
	}
	l.places[name] = b
	// These first: what they say is seen in the values of the others.
	for _, key := range [...]string{"numprocs", "numprocs_start", "environment"} {
		if k, ok := s.Key(key); ok {
			b.key(k)
		}
	}
	for _, k := range s.Keys {
		if k.Name != "numprocs" && k.Name != "numprocs_start" && k.Name != "environment" {
			b.key(k)
		}
	}
	if !b.explicit("command") {
		b.failed = true
		l.fail(s, "the key command is missing")
	}
	if !b.failed {
		b.adapt()
	}
	b.p.StopSignals = b.ladder()
	l.programs = append(l.programs, b.p)
}

// ladder gives each stop signal its wait. A program to insist on gets its
// signals in turn, again and again within one wait.
func (b *build) ladder() (rungs []StopSignal) {
	if !b.insist {
		for _, sig := range b.stopSignals {
			rungs = append(rungs, StopSignal{sig, b.stopWait})
		}
		return rungs
	}
	const times, pause = 5, time.Second
	wait := b.stopWait
	for n := range times {
		rung := StopSignal{b.stopSignals[n%len(b.stopSignals)], pause}
		if wait <= pause || n == times-1 {
			rung.Wait = wait
			return append(rungs, rung)
		}
		rungs = append(rungs, rung)
		wait -= pause
	}
	return rungs
}

// key expands and reads one key.
func (b *build) key(k ini.Key) {
	spec := findKey(k.Name)
	if spec == nil {
		reason := "unknown key"
		if near := nearest(k.Name, keyNames()); near != "" {
			reason += " (did you mean " + near + "?)"
		}
		b.warn(k, reason)
		return
	}
	b.swallowed(k)
	b.scope.perProcess = spec.perProcess
	t, err := expand(k.Value, b.scope.lookup)
	if err == nil {
		err = spec.set(b, k, t)
	}
	if err != nil {
		b.fail(k, err.Error())
	}
}

// swallowed warns of a value that has taken in a line which looks like
// something else: supervisord's rule for continuation lines does that to an
// indented header or key without a word.
func (b *build) swallowed(k ini.Key) {
	_, rest, _ := strings.Cut(k.Value, "\n") // the key's own line is what it says
	for line := range strings.SplitSeq(rest, "\n") {
		name, _, ok := strings.Cut(line, "=")
		if strings.HasPrefix(line, "[program:") || ok && findKey(strings.TrimSpace(name)) != nil {
			b.warn(k, "the line "+strconv.Quote(line)+" is part of this value, because it is indented more than the key")
		}
	}
}

// explicit says whether the file itself sets a key: then we do not know better.
func (b *build) explicit(key string) bool {
	_, ok := b.section.Key(key)
	return ok
}

func (b *build) fail(k ini.Key, reason string) {
	b.failed = true
	b.errs = append(b.errs, &Error{File: k.File, Line: k.Line, Section: b.section.Name, Key: k.Name, Reason: reason})
}

func (b *build) warn(k ini.Key, reason string) {
	b.warnings = append(b.warnings, &Error{File: k.File, Line: k.Line, Section: b.section.Name, Key: k.Name, Reason: reason})
}

// noEffect warns of a key that is read and has no effect yet.
func (b *build) noEffect(k ini.Key) {
	b.warn(k, "no effect yet")
}
