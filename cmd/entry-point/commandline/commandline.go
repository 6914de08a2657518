// Package commandline is what the command lines of this binary have in common:
// entry-point's own, and that of entry-point ctl.
package commandline

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jessevdk/go-flags"

	"entrypoint/config/nearest"
)

// Reason puts the parser's error into one line in our words. variable names the
// environment variable of an option, by its name, which may have been meant; nil:
// there are none.
func Reason(p *flags.Parser, err error, variable func(name string) string) string {
	var e *flags.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	// The parser quotes names as `name'.
	_, rest, _ := strings.Cut(e.Message, "`")
	name, rest, _ := strings.Cut(rest, "'")
	name = name[strings.LastIndexByte(name, ' ')+1:] // of "-r, --rewrite" the long one
	switch e.Type {
	case flags.ErrUnknownFlag:
		if len(name) == 1 {
			return "unknown option -" + name
		}
		return "unknown option --" + name + nearest.Hint("--"+name, longNames(p))
	case flags.ErrExpectedArgument:
		return "option " + name + " wants a value"
	case flags.ErrNoArgumentForBool:
		return "option " + name + " takes no value"
	case flags.ErrMarshal:
		if variable != nil {
			if v := variable(name); v != "" {
				name += " or " + v
			}
		}
		return "option " + name + ": " + badValue(rest)
	}
	return strings.ReplaceAll(e.Message, "\n", " ")
}

// badValue is why an option cannot take its value, with the value: rest is " (expected
// TYPE): REASON", and the reason is ours, or package strconv's for a number or a switch.
func badValue(rest string) string {
	_, reason, _ := strings.Cut(rest, "): ")
	call, value, ok := strings.Cut(reason, ": parsing ")
	if !ok || !strings.HasPrefix(call, "strconv.") {
		return reason
	}
	end := strings.LastIndex(value, ": ")
	value, why := value[:max(end, 0)], value[end+1:]
	switch {
	case call == "strconv.ParseBool":
		return value + " is not true or false"
	case strings.HasSuffix(why, "range"):
		return value + " is too large"
	}
	return value + " is not a number"
}

func longNames(p *flags.Parser) (names []string) {
	for _, group := range p.Groups() {
		names = append(names, longNamesOf(group)...)
	}
	return names
}

func longNamesOf(group *flags.Group) (names []string) {
	for _, opt := range group.Options() {
		names = append(names, "--"+opt.LongName)
	}
	for _, sub := range group.Groups() {
		names = append(names, longNamesOf(sub)...)
	}
	return names
}

// Duration reads a time above 0, in Go's form ("9s", "1m30s") or in plain seconds.
func Duration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if seconds, plain := strconv.ParseFloat(value, 64); plain == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time such as 9s or 1m30s", value)
	}
	return d, nil
}
