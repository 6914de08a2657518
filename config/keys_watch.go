package config

import (
	"path/filepath"

	"entrypoint/config/vocabulary"
)

// watchKeys are those of files whose change restarts a program. The table is never
// written.
var watchKeys = []programKey{
	{row{
		Name: "restart_when_binary_changed", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether the program is restarted when its program file has changed, half a second after the last change.",
		Example: "restart_when_binary_changed = true",
	}, everywhere, forAll, setWatchBinary},
	{row{
		Name: "restart_signal_when_binary_changed", Type: vocabulary.List,
		Help:    "Signals that are sent instead of a restart when the program file has changed.",
		Example: "restart_when_binary_changed = true\nrestart_signal_when_binary_changed = HUP",
	}, everywhere, forAll, setBinarySignals},
	{row{
		Name: "restart_directory_monitor", Type: vocabulary.Path,
		Help:    "A directory: the program is restarted when a file in it, or below it, has changed.",
		Example: "restart_directory_monitor = /etc",
	}, everywhere, forAll, setWatchDirectory},
	{row{
		Name: "restart_file_pattern", Type: vocabulary.Text, Default: "*",
		Help:    "Which files of `restart_directory_monitor` count, by name.",
		Example: "restart_directory_monitor = /etc\nrestart_file_pattern = *.py",
	}, everywhere, forAll, setWatchPattern},
	{row{
		Name: "restart_signal_when_file_changed", Type: vocabulary.List,
		Help:    "Signals that are sent instead of a restart when a file has changed.",
		Example: "restart_directory_monitor = /etc\nrestart_signal_when_file_changed = HUP",
	}, everywhere, forAll, setFileSignals},
}

func setWatchBinary(b *build, _ setting, t *text) (err error) {
	b.p.Watch.Binary, err = parseBool(t.s)
	return err
}

func setBinarySignals(b *build, _ setting, t *text) (err error) {
	b.p.Watch.BinarySignals, err = parseSignals(t)
	return err
}

func setWatchDirectory(b *build, _ setting, t *text) (err error) {
	if t.s != "" {
		b.p.Watch.Directory, err = b.existingDirectory(t)
	}
	return err
}

func setWatchPattern(b *build, _ setting, t *text) error {
	if _, err := filepath.Match(t.s, ""); err != nil {
		return invalid(t.s, "is not a pattern such as *.py: a bracket has no end, or nothing follows a backslash")
	}
	b.p.Watch.Pattern = t.s
	return nil
}

func setFileSignals(b *build, _ setting, t *text) (err error) {
	b.p.Watch.FileSignals, err = parseSignals(t)
	return err
}
