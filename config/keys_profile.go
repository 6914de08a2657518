package config

import (
	"fmt"
	"strings"
	"syscall"

	"entrypoint/config/nearest"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// profileKeys say otherwise than a program's profile does. The table is never written.
var profileKeys = []programKey{
	{row{
		Name: "profile", Type: vocabulary.Text, Default: "(recognised by the command)",
		Help:    "Which known server the program is, such as `nginx` or `gunicorn` (see `entry-point help profiles`); `none`: nothing is known about it.",
		Example: "profile = gunicorn",
	}, everywhere, forAll, setProfile},
	{row{
		Name: "reload_signal", Type: vocabulary.Signal, Default: "(the profile's)",
		Help:    "The signal that makes the program read its configuration again, for `entry-point ctl reload NAME`; `none`: it cannot.",
		Example: "reload_signal = HUP",
	}, everywhere, forAll, setReloadSignal},
	{row{
		Name: "pause_signal", Type: vocabulary.Signal, Default: "(the profile's)",
		Help:    "A signal that is sent a tenth of a second before `reload_signal`, so that the program goes on with what it has accepted and accepts nothing new; `none`: there is none.",
		Example: "pause_signal = TSTP",
	}, everywhere, forAll, setPauseSignal},
	{row{
		Name: "reopen_signal", Type: vocabulary.Signal, Default: "(the profile's)",
		Help:    "The signal that makes the program open its log files again, after a logrotate; `none`: there is none.",
		Example: "reopen_signal = USR1",
	}, everywhere, forAll, setReopenSignal},
	{row{
		Name: "reload_check", Type: vocabulary.Command, Default: "(the profile's)",
		Help:    "A command that says by its exit code whether the new configuration is good. It runs before a reload; `none`: nothing is checked.",
		Example: "reload_check = nginx -t",
	}, everywhere, forEach, setReloadCheck},
}

// noProfile is the value of profile= that wants none.
const noProfile = "none"

func setProfile(b *build, _ setting, t *text) error {
	name := strings.ToLower(strings.TrimSpace(t.s))
	if name != noProfile && !profile.Known(name) {
		known := append(profile.Names(), noProfile)
		return fmt.Errorf("unknown profile %q%s; there are %s", name, nearest.Hint(name, known), strings.Join(known, ", "))
	}
	b.p.Profile = name
	return nil
}

func setReloadSignal(b *build, _ setting, t *text) (err error) {
	b.p.ReloadSignal, err = parseSignalOrNone(t.s)
	return err
}

func setPauseSignal(b *build, _ setting, t *text) (err error) {
	b.p.PauseSignal, err = parseSignalOrNone(t.s)
	return err
}

func setReopenSignal(b *build, _ setting, t *text) (err error) {
	b.p.ReopenSignal, err = parseSignalOrNone(t.s)
	return err
}

func parseSignalOrNone(s string) (syscall.Signal, error) {
	if strings.EqualFold(strings.TrimSpace(s), "none") {
		return 0, nil
	}
	return ParseSignal(s)
}

func setReloadCheck(b *build, _ setting, t *text) (err error) {
	if strings.EqualFold(strings.TrimSpace(t.s), "none") {
		return nil
	}
	b.p.ReloadCheck, err = splitWords(t)
	return err
}
