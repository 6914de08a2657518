package config

import (
	"errors"
	"strings"
	"time"

	"entrypoint/config/vocabulary"
)

// hooksKeys are the keys of [entrypoint] for hooks. It is never written.
var hooksKeys = []containerKey{
	{row{
		Name: "hook_timeout", Type: vocabulary.Duration, Default: "(30s; 60s with `pre_start_hook` and `pre_stop_hook`)",
		Help: "How long each script of `/docker-entrypoint.d` and `/etc/entry-point.d` may take before it is killed and the start has failed, " +
			"and each hook of a program that does not say it itself.",
		Example: "hook_timeout = 2m",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.HookTimeout, err = parseInterval(t.s)
		return err
	}},
}

// hookKeys are the commands that run at certain moments of a program's life. The table is
// never written.
var hookKeys = []programKey{
	{row{
		Name: "pre_start", Type: vocabulary.Command,
		Help: "A command that runs before each start of the program, as its user, in its directory, with its environment. " +
			"If it fails or takes longer than `hook_timeout`, the start has failed. Each process of `numprocs` has its own; work that was done `once` before has none. What it writes to descriptor 3 as `NAME=VALUE` lines is in the environment of the program.",
		Example: "pre_start = sh -c \"mkdir -p /tmp/cache && echo CACHE=/tmp/cache >&3\"",
	}, everywhere, forEach, setPreStart},
	{row{
		Name: "post_start", Type: vocabulary.Command,
		Help: "A command that runs once for each process when that has become ready; without `ready` (an event listener, too, whatever it has said), and for a oneshot, when it is RUNNING. " +
			"A process that has ended by then has none. That it fails is only logged.",
		Example: "post_start = curl -fsS -X POST http://registry/up",
	}, everywhere, forEach, setPostStart},
	{row{
		Name: "pre_stop", Type: vocabulary.Command,
		Help: "A command that runs before the program gets its first stop signal, for at most `hook_timeout`, and when the container stops for what the " +
			"stop signals leave of the program's time; then it is killed, and the log says so. It does not run when the program ends by itself. That it fails is only logged.",
		Example: "pre_stop = curl -fsS -X POST http://registry/down",
	}, everywhere, forEach, setPreStop},
	{row{
		Name: "post_stop", Type: vocabulary.Command,
		Help: "A command that runs after each end of the program, also after a start that has failed, and before the next start. It finds ENTRYPOINT_EXIT_CODE, " +
			"ENTRYPOINT_SIGNAL and ENTRYPOINT_VERDICT in its environment. Where a stop has no time left for it, the log says so. That it fails is only logged.",
		Example: "post_stop = rm -f /run/app/app.pid",
	}, everywhere, forEach, setPostStop},
	{row{
		Name: "hook_timeout", Type: vocabulary.Duration, Default: "(`hook_timeout` of [entrypoint], 30s)",
		Help:    "How long each of `pre_start`, `post_start`, `pre_stop` and `post_stop` may take before it is killed.",
		Example: "hook_timeout = 2m",
	}, everywhere, forAll, setHookTimeout},
	{row{
		Name: "pre_start_hook", Type: vocabulary.Command,
		Help: "As in the Go port of supervisord: `pre_start`, but that it fails is only logged, and it may take 60s. Only a command is understood, " +
			"no `http://`, `https://` or `tcp://` address; it runs as the program's user.",
		Example: "pre_start_hook = /srv/app/prepare",
	}, everywhere, forEach, setPreStartHook},
	{row{
		Name: "pre_stop_hook", Type: vocabulary.Command,
		Help:    "As in the Go port of supervisord: `pre_stop`, for at most 60s. Only a command is understood, no `http://`, `https://` or `tcp://` address; it runs as the program's user.",
		Example: "pre_stop_hook = /srv/app/leave",
	}, everywhere, forEach, setPreStopHook},
}

// Times of hooks that the file says nothing of: ours, and those of the Go port of
// supervisord.
const (
	DefaultHookTimeout = 30 * time.Second
	portHookTimeout    = time.Minute
)

// Hooks are commands that run at certain moments of a program's life, as its user, in its
// directory and with its environment. nil commands are none.
type Hooks struct {
	PreStart  []string // before each start; a start where it fails has failed
	PostStart []string // when the program has become ready
	PreStop   []string // before the first stop signal
	PostStop  []string // after each end, before the next start
	Timeout   time.Duration
	// Lenient says that a failure of PreStart is only logged (pre_start_hook).
	Lenient bool
}

// StopTime is how long the hooks of a stop may take together.
func (h *Hooks) StopTime() (limit time.Duration) {
	if h != nil {
		for _, argv := range [...][]string{h.PreStop, h.PostStop} {
			if argv != nil {
				limit += h.Timeout
			}
		}
	}
	return limit
}

func setPreStart(b *build, _ setting, t *text) (err error) {
	return b.setHook(t, func(h *Hooks, command []string) { h.PreStart, h.Lenient = command, false })
}

func setPostStart(b *build, _ setting, t *text) (err error) {
	return b.setHook(t, func(h *Hooks, command []string) { h.PostStart = command })
}

func setPreStop(b *build, _ setting, t *text) (err error) {
	return b.setHook(t, func(h *Hooks, command []string) { h.PreStop = command })
}

func setPostStop(b *build, _ setting, t *text) (err error) {
	return b.setHook(t, func(h *Hooks, command []string) { h.PostStop = command })
}

func setPreStartHook(b *build, k setting, t *text) error {
	return b.setPortHook(k, "pre_start", t, func(h *Hooks, command []string) { h.PreStart, h.Lenient = command, true })
}

func setPreStopHook(b *build, k setting, t *text) error {
	return b.setPortHook(k, "pre_stop", t, func(h *Hooks, command []string) { h.PreStop = command })
}

func setHookTimeout(b *build, _ setting, t *text) error {
	limit, err := parseInterval(t.s)
	b.changeHooks(func(h *Hooks) { h.Timeout = limit })
	return err
}

// setHook reads the command of a hook; an empty one is none, which takes back one of
// [program-default].
func (b *build) setHook(t *text, set func(h *Hooks, command []string)) error {
	command, err := splitWords(t)
	if len(command) == 0 {
		command = nil
	}
	b.changeHooks(func(h *Hooks) { set(h, command) })
	return err
}

// setPortHook reads a hook of the Go port of supervisord, which may be an address there.
func (b *build) setPortHook(k setting, own string, t *text, set func(h *Hooks, command []string)) error {
	if b.explicit(own) {
		return errors.New("it says the same as " + own + "; write only one of them")
	}
	value := strings.ToLower(t.trim().s)
	for _, scheme := range [...]string{"http://", "https://", "tcp://"} {
		if strings.HasPrefix(value, scheme) {
			b.warn(k, "only a command is understood, and this hook is left out: write ", own, " with a command that asks there, such as curl -fsS or nc -z")
			return nil
		}
	}
	b.portHooks = true
	return b.setHook(t, set)
}

// changeHooks changes the hooks of the process that is read. Those of the other processes
// of its section, which may share them, stay as they are.
func (b *build) changeHooks(change func(*Hooks)) {
	h := Hooks{}
	if b.p.Hooks != nil {
		h = *b.p.Hooks
	}
	change(&h)
	b.p.Hooks = &h
}

// completeHooks gives hooks their time, and drops what holds none.
func (b *build) completeHooks() {
	h := b.p.Hooks
	switch {
	case h == nil:
		return
	case h.PreStart == nil && h.PostStart == nil && h.PreStop == nil && h.PostStop == nil:
		b.p.Hooks = nil
		return
	case h.Timeout > 0:
		return
	}
	limit := b.c.Prelude.HookTimeout
	switch {
	case limit > 0:
	case b.portHooks:
		limit = portHookTimeout
	default:
		limit = DefaultHookTimeout
	}
	b.changeHooks(func(h *Hooks) { h.Timeout = limit })
}
