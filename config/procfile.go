package config

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"entrypoint/config/ini"
)

// procfile reads a Procfile: a line "name: command" for each program. It is
// turned into the sections of a configuration file, so that everything else is
// the same.
func (l *loader) procfile(name string, data []byte) (*Config, error) {
	f, passed, errs := parseProcfile(name, string(data))
	l.warnings = append(l.warnings, passed...)
	if len(errs) > 0 {
		return nil, errs
	}
	if s := f.Section("program:release"); s != nil {
		reportSection(&l.notes, s, "it is not started by itself: run it before a new version starts")
	}
	return l.loadFile(f)
}

// parseProcfile reads the lines. One that is no "name: command", such as the mark at
// the beginning of a YAML document, is passed over, as foreman and Heroku do.
func parseProcfile(name, data string) (f *ini.File, passed []*Error, errs Errors) {
	f, _ = ini.Read(name, nil)
	for i, line := range strings.Split(strings.TrimPrefix(data, "\ufeff"), "\n") {
		number := i + 1
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		program, command, ok := strings.Cut(line, ":")
		program, command = strings.TrimSpace(program), strings.TrimSpace(command)
		reason := ""
		other := f.Section("program:" + program)
		switch err := validName(program); {
		case !utf8.ValidString(line) || strings.IndexByte(line, 0) >= 0:
			reason = "not UTF-8 text"
		case !ok || strings.ContainsAny(program, " \t"):
			passed = append(passed, &Error{File: name, Line: number, Reason: "this is not NAME: COMMAND, so it is passed over"})
			continue
		case err != nil:
			reason = err.Error()
		case command == "":
			reason = program + " has no command"
		case other != nil:
			reason = "there is a program " + strconv.Quote(program) + " already, at " + place(other.File, other.Line)
		}
		if reason != "" {
			errs = append(errs, &Error{File: name, Line: number, Reason: reason})
			continue
		}
		f.Add(procfileSection(name, number, program, command))
	}
	return f, passed, errs
}

// procfileSection is the [program:x] of one line.
func procfileSection(file string, line int, program, command string) *ini.Section {
	s := &ini.Section{Name: "program:" + program, File: file, Line: line}
	add := func(key, value string) {
		s.Keys = append(s.Keys, ini.Key{Name: key, Value: strings.ReplaceAll(value, "%", "%%"), File: file, Line: line})
	}
	if needsShell(command) {
		command = `/bin/sh -c "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(command) + `"`
		add("stopasgroup", "true") // the shell does not pass a signal on
	}
	add("command", command)
	if program == "release" {
		add("autostart", "false")
	}
	return s
}

// needsShell says whether a command means something only to a shell.
func needsShell(command string) bool {
	if strings.ContainsAny(command, "$&|;<>()`*?[]{}~#!\n") {
		return true
	}
	first, _, _ := strings.Cut(command, " ")
	if strings.Contains(first, "=") { // a variable for the command
		return true
	}
	return slices.Contains(builtins[:], first)
}
