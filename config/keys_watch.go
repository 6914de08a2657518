package config

import (
	"errors"
	"path"
	"strconv"
)

func setWatchBinary(b *build, _ setting, t text) (err error) {
	b.p.Watch.Binary, err = parseBool(t.s)
	return err
}

func setBinarySignals(b *build, _ setting, t text) (err error) {
	b.p.Watch.BinarySignals, err = parseSignals(t)
	return err
}

func setWatchDirectory(b *build, _ setting, t text) (err error) {
	if t.s != "" {
		b.p.Watch.Directory, err = b.existingDirectory(t)
	}
	return err
}

func setWatchPattern(b *build, _ setting, t text) error {
	if _, err := path.Match(t.s, ""); err != nil {
		return errors.New(strconv.Quote(t.s) + " is not a pattern such as *.py: a bracket has no end, or nothing follows a backslash")
	}
	b.p.Watch.Pattern = t.s
	return nil
}

func setFileSignals(b *build, _ setting, t text) (err error) {
	b.p.Watch.FileSignals, err = parseSignals(t)
	return err
}
