package config

import (
	"fmt"
	"strings"
	"syscall"

	"entrypoint/config/nearest"
	"entrypoint/config/profile"
)

// noProfile is the value of profile= that wants none.
const noProfile = "none"

func setProfile(b *build, _ setting, t text) error {
	name := strings.ToLower(strings.TrimSpace(t.s))
	if name != noProfile && !profile.Known(name) {
		known := append(profile.Names(), noProfile)
		return fmt.Errorf("unknown profile %q%s; there are %s", name, nearest.Hint(name, known), strings.Join(known, ", "))
	}
	b.p.Profile = name
	return nil
}

func setReloadSignal(b *build, _ setting, t text) (err error) {
	b.p.ReloadSignal, err = parseSignalOrNone(t.s)
	return err
}

func setPauseSignal(b *build, _ setting, t text) (err error) {
	b.p.PauseSignal, err = parseSignalOrNone(t.s)
	return err
}

func setReopenSignal(b *build, _ setting, t text) (err error) {
	b.p.ReopenSignal, err = parseSignalOrNone(t.s)
	return err
}

func parseSignalOrNone(s string) (syscall.Signal, error) {
	if strings.EqualFold(strings.TrimSpace(s), "none") {
		return 0, nil
	}
	return ParseSignal(s)
}

func setReloadCheck(b *build, _ setting, t text) (err error) {
	if strings.EqualFold(strings.TrimSpace(t.s), "none") {
		return nil
	}
	b.p.ReloadCheck, err = splitWords(t)
	return err
}
