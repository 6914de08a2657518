package ctl

import (
	"fmt"
	"strings"
)

// callOptions are supervisorctl's options that mean something.
type callOptions struct {
	interactive, help bool
	url               string
}

const callUsage = `Usage: supervisorctl [OPTIONS] [COMMAND [ARG...]]

Steers the entry-point of this container. Without a command it reads commands
from its input.

  -i, --interactive        ask before shutdown and reload
  -h, --help               print this help
  -c, --configuration FILE, -s, --serverurl URL, -u, --username NAME,
  -p, --password WORD, -r, --history-file FILE
                           accepted

The command help prints the commands.
`

// parseCall reads the options in front of the command, as getopt does.
func parseCall(args []string) (o callOptions, words []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" {
			return o, args[1:], nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			break
		}
		args = args[1:]
		if name, isLong := strings.CutPrefix(arg, "--"); isLong {
			args, err = o.long(name, args)
		} else {
			args, err = o.short(arg[1:], args)
		}
		if err != nil {
			return o, nil, err
		}
	}
	return o, args, nil
}

func (o *callOptions) long(name string, args []string) ([]string, error) {
	name, value, given := strings.Cut(name, "=")
	switch name {
	case "interactive", "help":
		if given {
			return nil, fmt.Errorf("option --%s must not have an argument", name)
		}
		o.set(name[0], "")
		return args, nil
	case "configuration", "serverurl", "username", "password", "history-file":
		if !given {
			if len(args) == 0 {
				return nil, fmt.Errorf("option --%s requires argument", name)
			}
			value, args = args[0], args[1:]
		}
		o.set(name[0], value)
		return args, nil
	}
	return nil, fmt.Errorf("option --%s not recognized", name)
}

func (o *callOptions) short(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		switch letter := letters[i]; letter {
		case 'i', 'h':
			o.set(letter, "")
		case 'c', 's', 'u', 'p', 'r':
			value := letters[i+1:]
			if value == "" {
				if len(args) == 0 {
					return nil, fmt.Errorf("option -%c requires argument", letter)
				}
				value, args = args[0], args[1:]
			}
			o.set(letter, value)
			return args, nil
		default:
			return nil, fmt.Errorf("option -%c not recognized", letter)
		}
	}
	return args, nil
}

func (o *callOptions) set(letter byte, value string) {
	switch letter {
	case 'i':
		o.interactive = true
	case 'h':
		o.help = true
	case 's':
		o.url = value
	}
}

// foreign is an error where the URL names another host: to stop its programs
// here in their place would be worse than to do nothing.
func (o *callOptions) foreign() error {
	rest, isHTTP := strings.CutPrefix(o.url, "http://")
	if !isHTTP {
		return nil
	}
	host, _, _ := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	if host == "" || host == "localhost" || host == "[::1]" || host == "0.0.0.0" || strings.HasPrefix(host, "127.") {
		return nil
	}
	return fmt.Errorf("%s is another host; this supervisorctl steers the entry-point of its own container only", o.url)
}
