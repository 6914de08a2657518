package config

import (
	"time"

	"entrypoint/config/vocabulary"
)

// recycleKeys say when a program is replaced while it works. The table is never written.
var recycleKeys = []programKey{
	{row{
		Name: "max_memory", Type: vocabulary.Size, Default: "(no limit)",
		Help:    "When the processes of the program together use more memory than that, it gets new workers, or is stopped gracefully and started again. Looked at every 10 seconds.",
		Example: "max_memory = 512MB",
	}, everywhere, forAll, setMaxMemory},
	{row{
		Name: "max_lifetime", Type: vocabulary.Duration, Default: "(no limit)",
		Help:    "When the program is that old it is replaced, one program at a time and only while all others are ready.",
		Example: "max_lifetime = 24h",
	}, everywhere, forAll, setMaxLifetime},
	{row{
		Name: "max_lifetime_jitter", Type: vocabulary.Duration, Default: "(a tenth of `max_lifetime`)",
		Help:    "Up to how much earlier than after `max_lifetime` the program is replaced, by chance, so that replicas do not do it all at once.",
		Example: "max_lifetime = 24h\nmax_lifetime_jitter = 1h",
	}, everywhere, forAll, setMaxLifetimeJitter},
}

// Recycle is when a process that does its work is replaced all the same.
type Recycle struct {
	Memory   int64         // max_memory: resident, of its whole tree, in bytes; 0: no bound
	Lifetime time.Duration // max_lifetime; 0: no bound
	Jitter   time.Duration // max_lifetime_jitter: by up to so much less
}

// lifetimeShare is the part of a lifetime that is its jitter where nobody says.
const lifetimeShare = 10

func setMaxMemory(b *build, _ setting, t *text) error {
	n, err := parseBytes(t.s)
	if err == nil && n < 1<<20 {
		err = invalid(t.s, "is less than 1MB")
	}
	b.p.Recycle.Memory = int64(n)
	return err
}

func setMaxLifetime(b *build, _ setting, t *text) (err error) {
	b.p.Recycle.Lifetime, err = parseDelay(t.s)
	if err == nil && b.p.Recycle.Lifetime < time.Second {
		err = invalid(t.s, "is less than a second")
	}
	return err
}

func setMaxLifetimeJitter(b *build, _ setting, t *text) (err error) {
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
		b.fail(k, "it has no effect without the key max_lifetime")
	case r.Jitter >= r.Lifetime:
		b.fail(k, "it is not less than max_lifetime")
	}
}
