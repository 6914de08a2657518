package main

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"

	"entrypoint/config"
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
	for _, place := range (config.Options{File: a.options.Config, Dir: dir}).OwnPlaces() {
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
