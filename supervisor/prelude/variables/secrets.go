package variables

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/environ"
)

// maxEntry is how long NAME=VALUE may be, with the NUL byte at its end, for execve(2) to
// take it (MAX_ARG_STRLEN of Linux, with pages of 4 KB).
const maxEntry = 128 << 10

// suffix is the end of the name of a variable that names a file.
const suffix = "_FILE"

// secret is a variable that may get its value from a file.
type secret struct {
	name, file string
	wanted     string // who has asked for it: "secrets", "require_env"; "": nobody
}

// Secrets gives variables the content of the files that are named for them. Its error is
// Mistakes, of all that cannot be used.
func Secrets(o Options) (Result, error) {
	e := edit{env: o.Env}
	var r Result
	var wrong Mistakes
	read := o.Read
	if read == nil {
		read = ReadFile
	}
	for _, s := range secretsOf(&o) {
		value, note, mistake := s.read(read, e.value(s.name))
		if note != "" {
			r.Notes = append(r.Notes, note)
		}
		if mistake != "" {
			wrong = append(wrong, mistake)
		} else if value != nil {
			e.set(s.name, *value)
			e.drop(s.name + suffix)
			r.Names = append(r.Names, s.name)
		}
	}
	if r.Names != nil {
		r.What = "set " + strings.Join(r.Names, ", ") + " from files"
	}
	r.Env = e.env
	return r, wrong.err()
}

// secretsOf are the variables that get their values from files, in the order of the
// environment or of secrets =.
func secretsOf(o *Options) (list []secret) {
	k := &o.Keys.Secrets
	switch k.Mode {
	case config.SecretsOff:
	case config.SecretsNamed:
		for _, name := range k.Names {
			if file := environ.Value(o.Env, name+suffix); file != "" {
				list = append(list, secret{name, file, "secrets"})
			}
		}
	default:
		for _, entry := range o.Env {
			name, file, _ := strings.Cut(entry, "=")
			if len(name) <= len(suffix) || file == "" || !strings.HasSuffix(name, suffix) || isPath(name) {
				continue
			}
			s := secret{name: name[:len(name)-len(suffix)], file: file}
			for i := range o.Keys.Require {
				if o.Keys.Require[i].Name == s.name {
					s.wanted = "require_env"
				}
			}
			if s.wanted != "" || below(file, k.Dirs) {
				list = append(list, s)
			}
		}
	}
	return list
}

// below says whether a file lies in a directory of secrets, as its path is written.
func below(file string, dirs []string) bool {
	file = filepath.Clean(file)
	for _, dir := range dirs {
		if in(file, dir) {
			return true
		}
	}
	return in(file, "/run/secrets") || in(file, "/var/run/secrets")
}

func in(file, dir string) bool {
	return strings.HasPrefix(file, dir) && strings.HasPrefix(file[len(dir):], "/")
}

// read is the value that a file has for a variable (nil: none), and what is to be said of
// it, or what is wrong. is is the value that the variable has already.
func (s *secret) read(read func(string, int) ([]byte, error), is string) (value *string, note, mistake string) {
	file := s.name + suffix
	if is != "" {
		return nil, "", s.name + " and " + file + " are both set; unset one of them"
	}
	limit := maxEntry - len(s.name) - len("=\x00")
	data, err := read(s.file, limit+len("\r\n"))
	text := oneLineEndLess(string(data))
	switch {
	case errors.Is(err, unix.ENOENT):
		line := file + " names " + s.path() + ", which is missing; " + s.name + " is "
		if s.wanted != "" {
			return nil, "", line + "wanted by " + s.wanted
		}
		return nil, line + "not set", ""
	case err != nil:
	case len(text) > limit:
		err = errTooLarge
	case strings.IndexByte(text, 0) >= 0:
		err = errBinary
	case text == "":
		note = s.name + " is empty, because " + s.path() + " is"
	}
	if err != nil {
		return nil, "", "cannot use " + s.path() + " for " + file + ": " + err.Error() + asWhom(err)
	}
	return &text, note, ""
}

// path is the file for messages. What is no absolute path may be the secret itself.
func (s *secret) path() string {
	if strings.HasPrefix(s.file, "/") {
		return strconv.Quote(s.file)
	}
	return "a file (its name is not shown: it begins with no /, and may be the secret itself)"
}

// oneLineEndLess is a text without the line end at its end.
func oneLineEndLess(text string) string {
	if rest, ok := strings.CutSuffix(text, "\n"); ok {
		return strings.TrimSuffix(rest, "\r")
	}
	return text
}

// asWhom says who may not read.
func asWhom(err error) string {
	if errors.Is(err, unix.EACCES) {
		return " for user " + strconv.Itoa(unix.Geteuid()) + ", who entry-point is"
	}
	return ""
}
