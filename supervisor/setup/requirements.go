package setup

import (
	"os"
	"path/filepath"
	"strings"
)

// requirement is what one line of a requirements file asks for: one of name, file and
// local, or nothing.
type requirement struct {
	name  string // a package, normalised
	file  string // another requirements or constraints file
	local string // a directory with a package's source

	editable bool // the package is used in place (-e)
}

// readRequirements reads a file in pip's format as far as the check for changes
// needs it. It leaves out what it does not understand; pip will say what is wrong.
func readRequirements(dir, name string) []requirement {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\\\n", " ") // continuation
	var all []requirement
	for _, line := range strings.Split(text, "\n") {
		if r := parseRequirement(strings.TrimSpace(line), filepath.Dir(name)); r != (requirement{}) {
			all = append(all, r)
		}
	}
	return all
}

// parseRequirement reads a line of a file that lies in dir.
func parseRequirement(line, dir string) requirement {
	if i := strings.Index(line, " #"); i >= 0 {
		line = strings.TrimSpace(line[:i])
	}
	if line == "" || line[0] == '#' {
		return requirement{}
	}
	if line[0] == '-' {
		if file := option(line, "-r", "--requirement", "-c", "--constraint"); file != "" && !strings.Contains(file, "://") {
			return requirement{file: relative(dir, file)}
		}
		if line = option(line, "-e", "--editable"); line == "" {
			return requirement{}
		}
		r := parseRequirement(line, dir)
		r.editable = r.local != ""
		return r
	}
	if strings.Contains(line, "://") {
		if name, _, ok := strings.Cut(line, "@"); ok && isName(baseName(name)) {
			return requirement{name: normal(baseName(name))} // name @ address
		}
		return requirement{}
	}
	if line[0] == '.' || line[0] == '/' {
		path, _, _ := strings.Cut(line, "[") // extras
		return requirement{local: relative(".", strings.TrimSpace(path))}
	}
	if name := baseName(line); isName(name) {
		return requirement{name: normal(name)}
	}
	return requirement{}
}

// option returns the value of one of the options, "" when the line is another one.
func option(line string, names ...string) string {
	for _, name := range names {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" {
			continue
		}
		if long := strings.HasPrefix(name, "--"); long && rest[0] != ' ' && rest[0] != '=' && rest[0] != '\t' {
			continue
		}
		return strings.TrimSpace(strings.TrimPrefix(rest, "="))
	}
	return ""
}

func relative(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// baseName cuts the extras, the version and the environment marker off.
func baseName(line string) string {
	if i := strings.IndexAny(line, "[ \t=<>!~;@(,"); i >= 0 {
		line = line[:i]
	}
	return line
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, alnum+"._-") == ""
}

// normal is a package's name as PEP 503 compares it.
func normal(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r == '-' || r == '_' || r == '.'
	})
	return strings.Join(words, "-")
}
