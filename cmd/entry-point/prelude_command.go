package main

import (
	"bytes"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/prelude"
)

// wantsPrelude says whether the prelude may be for a command: ENTRYPOINT_PRELUDE says
// something, or entry-point.conf has the word prelude_for. It is asked before each command,
// so it is a look and no more: docker run IMAGE bash does not wait for it.
func (a *app) wantsPrelude() bool {
	if os.Getenv(config.PreludeVariable) != "" {
		return true
	}
	dir, err := unix.Getwd()
	if err != nil {
		return false
	}
	for _, place := range (&config.Options{File: a.options.Config, Dir: dir}).OwnPlaces() {
		text, sure := glance(place)
		if !sure {
			if text, err = a.readBeside(place); err != nil {
				a.err.Print(err.Error() + "; the command runs without the prelude")
				return false
			}
		}
		if bytes.Contains(text, []byte("prelude_for")) {
			return true
		}
	}
	return false
}

// preludeOnly is the prelude of debug mode and of a command: it needs nothing of the
// configuration but what concerns the prelude. What else is wrong with it keeps nobody
// from debugging.
func (a *app) preludeOnly(mode config.PreludeFor) int {
	a.prelude.mode = mode
	read := a.loadPrelude()
	if read.cfg == nil {
		return a.unusable(&read)
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.setupStep()); code != 0 {
		return code
	}
	if read.err != nil || a.setupHasChanged(before) {
		read = a.loadPrelude()
	}
	switch {
	case read.cfg == nil || read.err != nil:
		return a.unusable(&read)
	case read.unread != nil:
		a.printLines(read.unread.Error())
	}
	return a.runSteps(a.lastSteps(read.cfg)...)
}

// preludeConfig is what the configuration says of the prelude.
type preludeConfig struct {
	cfg    *config.Config // nil: nothing that can be used
	unread error          // why the file says nothing; nil: it does, or there is none
	err    error          // what is wrong; with a cfg the setup may mend it
	stop   syscall.Signal // that has ended the reading
}

// loadPrelude reads what the configuration says of the prelude.
func (a *app) loadPrelude() (read preludeConfig) {
	m := a.makingFirst()
	read.cfg, read.stop, read.err = a.loadFirst(func() (cfg *config.Config, err error) {
		o := a.sources(".")
		a.makes(o, m)
		cfg, read.unread, err = config.LoadPrelude(o)
		return cfg, err
	})
	a.printNote()
	if read.cfg != nil {
		a.adopt(m)
		a.prelude.keys = read.cfg.Container.Prelude
	}
	return read
}

// unusable says why the start ends with a configuration, and returns the exit code.
func (a *app) unusable(read *preludeConfig) int {
	if read.stop != 0 {
		return a.unread(read.stop)
	}
	code := codeConfig
	if failed := (*prelude.Error)(nil); errors.As(read.err, &failed) {
		code = failed.ExitCode()
	}
	a.lastWords(read.err.Error(), code)
	return code
}
