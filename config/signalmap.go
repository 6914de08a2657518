package config

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// usualActions are what signals to PID 1 do in production mode where signal_map says
// nothing. The table is never written.
var usualActions = [...]struct {
	row
	signal syscall.Signal
	action Action
}{
	{row{Name: "TERM", Help: "Stops the container, in order and within the stop budget. One more from outside of the container, half a second later or more, kills what is left; during `drain` it only ends that."}, syscall.SIGTERM, ActionStop},
	{row{Name: "INT", Help: "The same as TERM. It is what Ctrl-C sends."}, syscall.SIGINT, ActionStop},
	{row{Name: "QUIT", Help: "The same as TERM."}, syscall.SIGQUIT, ActionStop},
	{row{Name: "PWR", Help: "The same as TERM. It is what `lxc-stop` sends."}, syscall.SIGPWR, ActionStop},
	{row{Name: "RTMIN+3", Help: "The same as TERM. It is what `podman --systemd` and `systemd-nspawn --boot` send."}, rtMin + 3, ActionStop},
	{row{Name: "HUP", Help: "Reads the configuration again, and starts, stops or restarts only the programs that differ. A file with a mistake changes nothing."}, syscall.SIGHUP, ActionReload},
	{row{Name: "USR2", Help: "Opens log files again, after a logrotate, and has programs do so whose profile knows how."}, syscall.SIGUSR2, ActionReopen},
}

// UsualAction is what a signal to PID 1 does in production mode where signal_map says
// nothing: ActionIgnore, unless it has a row.
func UsualAction(sig syscall.Signal) Action {
	for i := range usualActions {
		if usualActions[i].signal == sig {
			return usualActions[i].action
		}
	}
	return ActionIgnore
}

// signalWords are the signals for readers.
func signalWords() (words []vocabulary.Word) {
	for i := range usualActions {
		words = append(words, usualActions[i].Word())
	}
	return words
}

// signalRule is one pair of signal_map whose right side names a program. Whether
// there is one is known when all sections are read.
type signalRule struct {
	k      setting
	from   syscall.Signal
	target string
}

// signalMap reads pairs such as "HUP = nginx:HUP", with commas or line ends
// between them.
func (l *loader) signalMap(k setting, t *text) error {
	l.c.SignalMap, l.signals = map[syscall.Signal]SignalAction{}, nil
	for _, item := range t.split(",\n") {
		if item.s == "" {
			continue // a comma at the end of a line
		}
		left, right, ok := item.cut("=")
		if !ok {
			return invalid(item.s, "is not SIGNAL = ACTION, such as HUP = nginx:HUP")
		}
		from, err := ParseSignal(left.s)
		if err != nil {
			return err
		}
		switch from {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD:
			return errors.New(strings.TrimSpace(left.s) + " cannot be mapped: PID 1 cannot catch it, or needs it itself")
		}
		if err := l.signalRule(k, from, right.trim().s); err != nil {
			return err
		}
	}
	return nil
}

// signalRule reads the right side of a pair. A signal may go to several programs.
func (l *loader) signalRule(k setting, from syscall.Signal, right string) error {
	var a SignalAction
	if i := strings.LastIndexByte(right, ':'); i >= 0 {
		sig, err := ParseSignal(right[i+1:])
		if err != nil {
			return err
		}
		a = SignalAction{Action: ActionForward, Signal: sig}
		l.signals = append(l.signals, signalRule{k, from, strings.TrimSpace(right[:i])})
	} else {
		names := [...]string{ActionIgnore: "ignore", ActionForward: "", ActionStop: "stop", ActionReload: "reload", ActionReopen: "reopen"}
		n := slices.Index(names[:], strings.ToLower(right))
		if n < 0 || right == "" {
			return invalid(right, "is none of NAME:SIGNAL, stop, reload, reopen and ignore"+nearest.Hint(right, names[:]))
		}
		a.Action = Action(n)
	}
	if other, ok := l.c.SignalMap[from]; ok && (a.Action != ActionForward || other.Action != ActionForward || other.Signal != a.Signal) {
		return errors.New(cmp.Or(unix.SignalName(from), "signal "+strconv.Itoa(int(from))) + " has two actions; leave one of them")
	}
	l.c.SignalMap[from] = a
	return nil
}

// checkSignalMap finds the programs that signal_map names.
func (l *loader) checkSignalMap() {
	for _, rule := range l.signals {
		names := []string{rule.target}
		if rule.target != "*" {
			units, process := l.named(rule.target)
			switch {
			case len(units) == 0:
				l.failKey(rule.k, l.noProgram(rule.target))
				continue
			case process != nil:
				names = []string{process.FullName()}
			case units[0].group != rule.target:
				names = nil // a program whose processes are in a group, or in several
				for _, u := range units {
					for i := range u.programs {
						names = append(names, u.programs[i].FullName())
					}
				}
			}
		}
		a := l.c.SignalMap[rule.from]
		a.Programs = append(a.Programs, names...)
		l.c.SignalMap[rule.from] = a
	}
}
