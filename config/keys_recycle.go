package config

import (
	"errors"
	"strconv"
	"time"
)

// Recycle is when a process that does its work is replaced all the same.
type Recycle struct {
	Memory   int64         // max_memory: resident, of its whole tree, in bytes; 0: no bound
	Lifetime time.Duration // max_lifetime; 0: no bound
	Jitter   time.Duration // max_lifetime_jitter: by up to so much less
}

// lifetimeShare is the part of a lifetime that is its jitter where nobody says.
const lifetimeShare = 10

func setMaxMemory(b *build, _ setting, t text) error {
	n, err := parseBytes(t.s)
	if err == nil && n < 1<<20 {
		err = errors.New(strconv.Quote(t.s) + " is less than 1MB")
	}
	b.p.Recycle.Memory = int64(n)
	return err
}

func setMaxLifetime(b *build, _ setting, t text) (err error) {
	b.p.Recycle.Lifetime, err = parseDelay(t.s)
	if err == nil && b.p.Recycle.Lifetime < time.Second {
		err = errors.New(strconv.Quote(t.s) + " is less than a second")
	}
	return err
}

func setMaxLifetimeJitter(b *build, _ setting, t text) (err error) {
	b.p.Recycle.Jitter, err = parseDelay(t.s)
	return err
}

// completeRecycle gives the jitter its default.
func (b *build) completeRecycle() {
	r := &b.p.Recycle
	k, ok := b.lookup("max_lifetime_jitter")
	switch {
	case !ok:
		r.Jitter = r.Lifetime / lifetimeShare
	case k.Inherited:
	case r.Lifetime == 0:
		b.fail(k, "the key max_lifetime is missing")
	case r.Jitter >= r.Lifetime:
		b.fail(k, "it is not less than max_lifetime")
	}
}
