package main

import (
	"os"
	"strings"

	"entrypoint/config"
	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/logline"
)

// setStyle says how our own lines look. The loading of the configuration calls it, too,
// on a thread of its own.
func (a *app) setStyle(format config.LogFormat, timestamps bool) {
	style := logline.Style{JSON: format == config.FormatJSON, Times: timestamps}
	a.out.SetStyle(style)
	a.err.SetStyle(style)
}

// styleFromEnv is for what is printed before a configuration has been read, or where
// none is.
func (a *app) styleFromEnv() {
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "ENTRYPOINT_LOG_") { // seldom, and to look closer takes time
			a.setStyle(config.LogsFrom(os.Environ()))
			return
		}
	}
}

// printNote prints what there is to say about the mode.
func (a *app) printNote() {
	if a.note != "" {
		a.err.Print(a.note)
		a.note = ""
	}
}

// journal puts a line of supervisord's log into a stream of the container.
func (a *app) journal(stream int, line string) {
	if stream == 2 {
		a.err.PrintAs("supervisord", line)
		return
	}
	a.out.PrintAs("supervisord", line)
}

// gatewayLog opens what the HTTP gateway prints to; nil: our stderr will do.
func (a *app) gatewayLog() func() (*os.File, error) {
	if a.err.Style() == (logline.Style{}) {
		return nil
	}
	return func() (*os.File, error) {
		w, _, err := a.err.Pipe(activation.Name)
		return w, err
	}
}
