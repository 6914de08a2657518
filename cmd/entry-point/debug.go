package main

import (
	"strconv"

	"entrypoint/config"
	"entrypoint/supervisor/setup"
)

// debug is debug mode.
func (a *app) debug() int {
	o := a.options
	if code := a.checkUser(); code != 0 {
		return code
	}
	if code := a.preludeOnly(config.PreludeDebug); code != 0 {
		return code
	}
	a.announce("Running app in debug mode!")
	if o.word != "" {
		a.err.Print("the word " + strconv.Quote(o.word) + " after -d means nothing; to launch it in debug mode, write -d -- " + o.word)
	}
	return a.launch(a.launched())
}

// launched is the command of debug mode, or the one that is given.
func (a *app) launched() []string {
	if a.options.Command == nil {
		return []string{"python3", "app/app.py"}
	}
	return a.options.Command
}

// debugMode says which of the two modes it is, and keeps the marker debug1.
func (a *app) debugMode() bool {
	switch o := a.options; {
	case a.second && (o.Production || o.Debug):
		return o.Debug // the marker is the container's
	case o.Production:
		if err := setup.UnmarkDebug("."); err != nil {
			a.note = err.Error()
		}
		return false
	case o.Debug:
		if err := setup.MarkDebug("."); err != nil {
			a.note = err.Error() + "; a restart without -d will run production mode"
		}
		return true
	}
	marked, note := setup.DebugMarked(".")
	if marked {
		note = "debug mode, because marker debug1 is in the working directory (--production overrides and removes it)"
	}
	a.note = note
	return marked
}
