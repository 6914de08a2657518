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
)

// Reason puts the parser's error into one line in our words. badValue words the
// case of a value that an option cannot take, from the option's name and the rest
// of what the parser says.
func Reason(err error, badValue func(name, rest string) string) string {
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
		return "unknown option --" + name
	case flags.ErrExpectedArgument:
		return "option " + name + " wants a value"
	case flags.ErrNoArgumentForBool:
		return "option " + name + " takes no value"
	case flags.ErrMarshal:
		return badValue(name, rest)
	}
	return strings.ReplaceAll(e.Message, "\n", " ")
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
