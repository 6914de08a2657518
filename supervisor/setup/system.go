package setup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/environ"
)

// system is what the steps find around them.
type system struct {
	dir  string   // the requirement files
	root string   // prefix of the package databases; "" but in tests
	env  []string // of the steps

	record *record // of earlier starts; nil: none

	homeless string // why there is no directory that can be written in place of HOME; "": there is one
}

// steps returns the steps whose requirement file is there, in the order in
// which they run: what the languages need comes from the operating system.
func (y *system) steps() []*step {
	var found []*step
	add := func(name string, r recipe) {
		if info, err := os.Stat(filepath.Join(y.dir, name)); err == nil && info.Mode().IsRegular() {
			found = append(found, &step{name: name, recipe: r})
		}
	}
	add(osFile, &osPackages{system: y})
	add(pythonFile, &python{system: y})
	for i := range languages {
		add(languages[i].file, &project{system: y, language: &languages[i]})
	}
	return found
}

// ours says whether a file was made by a run of ours, and so declares nothing.
func (y *system) ours(name string) bool { return y.record != nil && y.record.ours(y.dir, name) }

// getenv returns a variable of the steps' environment.
func (y *system) getenv(key string) string {
	return environ.Value(y.env, key)
}

// set sets a variable in the environment of the steps, and removes an earlier value: some
// tools take the first of two.
func (y *system) set(key, value string) {
	env := []string{key + "=" + value}
	for _, v := range y.env {
		if !strings.HasPrefix(v, key+"=") {
			env = append(env, v)
		}
	}
	y.env = env
}

// with returns the environment with the variables added that are not in it: what
// the user has set stays.
func (y *system) with(vars []string) []string {
	env := y.env[:len(y.env):len(y.env)]
	for _, v := range vars {
		key, _, _ := strings.Cut(v, "=")
		if y.getenv(key) == "" {
			env = append(env, v)
		}
	}
	return env
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// look returns the path of a tool, "" when it is not there. Relative entries of
// PATH are passed over: a tool that runs as root is not taken from the
// application's directory.
func (y *system) look(tool string) string {
	path := y.getenv("PATH")
	if path == "" {
		path = defaultPath
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		p := filepath.Join(dir, tool)
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// fingerprint tells one state of a file from another without reading it: its
// path, what the path leads to, size and time of the last change; in seconds, as
// the layers of an image keep no more. It is "" for a file that is not there.
func fingerprint(path string) string {
	if path == "" {
		return ""
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	info, err := os.Stat(target)
	if err != nil {
		return ""
	}
	return path + " -> " + target + ", " + strconv.FormatInt(info.Size(), 10) + " bytes, " +
		info.ModTime().UTC().Format(time.RFC3339)
}
