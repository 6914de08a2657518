package setup

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrypoint/config/directory"
)

// A database knows which packages of the operating system are installed.
type database interface {
	// path is the file that changes whenever the database does.
	path() string
	// readable says whether the database can be read at all.
	readable() bool
	// missing returns the packages that are not installed.
	missing(a *attempt, packages []osPackage) ([]osPackage, error)
}

// stanzas is a database in one text file of paragraphs, one for each package:
// dpkg's and apk's. It is read without starting their tools.
type stanzas struct {
	files                                 []string // the first one that exists is read
	name, version, arch, status, provides string   // the names of the fields, with colon
}

func dpkgStatus(root string) *stanzas {
	return &stanzas{
		files: []string{root + "/var/lib/dpkg/status"},
		name:  "Package:", version: "Version:", arch: "Architecture:", status: "Status:", provides: "Provides:",
	}
}

func apkInstalled(root string) *stanzas {
	return &stanzas{
		files: []string{root + "/lib/apk/db/installed", root + "/usr/lib/apk/db/installed"},
		name:  "P:", version: "V:", arch: "A:", provides: "p:",
	}
}

func (d *stanzas) path() string { return firstThere(d.files) }

func (d *stanzas) readable() bool { return there(d.path()) }

func (d *stanzas) missing(_ *attempt, packages []osPackage) ([]osPackage, error) {
	s := newSearch(packages, osPackage.matches)
	err := d.each(func(in installed) bool {
		if in.state == stateInstalled {
			in.names(s.see)
		}
		return true
	})
	return s.missing(), err
}

func (p osPackage) matches(version, arch string) bool {
	if p.arch != "" && p.arch != arch && p.arch != "any" && arch != "all" {
		return false
	}
	if p.version == "" {
		return true
	}
	ok, err := filepath.Match(p.version, version)
	return ok && err == nil
}

// installed is one package of a database.
type installed struct {
	name, version, arch, provides string
	state                         string // as dpkg calls it
}

// The states of dpkg that matter here; the others lie half way to stateInstalled.
const (
	stateInstalled     = "installed"
	stateHalfInstalled = "half-installed" // being unpacked when dpkg was killed
	stateConfigFiles   = "config-files"   // removed
	stateNotInstalled  = "not-installed"
)

// interrupted reports whether dpkg was killed while it worked on the package.
func (in installed) interrupted() bool {
	return in.state != stateInstalled && in.state != stateConfigFiles && in.state != stateNotInstalled
}

// names calls f with the package's name and with what it provides, such as
// "awk, mail-transport-agent (= 2.0)" or "cmd:ash=1.36 so:libc.so=1".
func (in installed) names(f func(name, version, arch string)) {
	f(in.name, in.version, in.arch)
	provides := strings.NewReplacer(" (= ", "=", ")", "", ",", " ").Replace(in.provides)
	for _, word := range strings.Fields(provides) {
		name, version, _ := strings.Cut(word, "=")
		f(name, version, in.arch)
	}
}

// longestField bounds a line of the database: apk lists all that a package
// provides in one.
const longestField = 4 << 20

// each calls f for each package until f returns false. A database that is not
// there is empty.
func (d *stanzas) each(f func(installed) bool) error {
	file, err := os.Open(d.path())
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 0, 16<<10), longestField)
	in := installed{state: stateInstalled}
	for lines.Scan() {
		if line := lines.Bytes(); len(line) > 0 {
			d.field(&in, line)
			continue
		}
		if in.name != "" && !f(in) {
			return nil
		}
		in = installed{state: stateInstalled}
	}
	if err := lines.Err(); err != nil {
		return errors.New("cannot read " + file.Name() + ": " + cause(err).Error())
	}
	if in.name != "" {
		f(in)
	}
	return nil
}

// field stores a line of a paragraph if its field is one of those that we use.
func (d *stanzas) field(in *installed, line []byte) {
	status, known := "", false
	for _, field := range [...]struct {
		name  string
		value *string
	}{{d.name, &in.name}, {d.version, &in.version}, {d.arch, &in.arch}, {d.provides, &in.provides}, {d.status, &status}} {
		if n := len(field.name); n > 0 && len(line) >= n && string(line[:n]) == field.name {
			*field.value = strings.TrimSpace(string(line[n:]))
			known = field.value == &status
			break
		}
	}
	if known {
		words := append(strings.Fields(status), "", "", "") // want, flag, state
		in.state = words[2]
		if words[1] == "reinstreq" {
			in.state = stateHalfInstalled // whatever it is called, it has to be unpacked again
		}
	}
}

// search looks for packages among those that are installed.
type search struct {
	packages []osPackage
	found    []bool
	matches  func(p osPackage, version, arch string) bool
}

func newSearch(packages []osPackage, matches func(p osPackage, version, arch string) bool) *search {
	return &search{packages, make([]bool, len(packages)), matches}
}

// see is called for every installed package, with its name and with each name that it provides.
func (s *search) see(name, version, arch string) {
	for i, p := range s.packages {
		s.found[i] = s.found[i] || p.name == name && s.matches(p, version, arch)
	}
}

// missing returns the packages that no installed package satisfies.
func (s *search) missing() (list []osPackage) {
	for i, p := range s.packages {
		if !s.found[i] {
			list = append(list, p)
		}
	}
	return list
}

// matchesPart is matches for databases whose versions have parts that may be left out.
func (p osPackage) matchesPart(full, arch string) bool {
	return (p.arch == "" || p.arch == arch) && slices.ContainsFunc(versions(full), func(v string) bool {
		ok, err := filepath.Match(p.version, v)
		return p.version == "" || ok && err == nil
	})
}

// versions are the ways to write EPOCH:VERSION-RELEASE: without the epoch, without the
// release, or without both.
func versions(full string) []string {
	list := []string{full}
	if _, rest, ok := strings.Cut(full, ":"); ok {
		list = append(list, rest)
	}
	for _, v := range list {
		if i := strings.LastIndexByte(v, '-'); i > 0 {
			list = append(list, v[:i])
		}
	}
	return list
}

// localDir is pacman's database: a directory for each package, with a file desc.
type localDir struct{ dir string }

func (d localDir) path() string { return d.dir }

func (d localDir) readable() bool { return there(d.dir) }

func (d localDir) missing(_ *attempt, packages []osPackage) ([]osPackage, error) {
	entries, err := directory.Names(d.dir)
	if err != nil {
		return packages, nil
	}
	s := newSearch(packages, osPackage.matchesPart)
	for _, entry := range entries {
		if text, err := os.ReadFile(d.dir + "/" + entry + "/desc"); err == nil {
			describe(string(text), s.see)
		}
	}
	return s.missing(), nil
}

// describe reads a desc file: a line %KEY%, then its values, each in a line, up to an
// empty one. It calls f for the package and for all that it provides.
func describe(text string, f func(name, version, arch string)) {
	fields, key := map[string][]string{}, ""
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			key = ""
		case key == "":
			key = line
		default:
			fields[key] = append(fields[key], line)
		}
	}
	value := func(key string) string { return strings.Join(fields[key], " ") }
	arch := value("%ARCH%")
	f(value("%NAME%"), value("%VERSION%"), arch)
	for _, provided := range fields["%PROVIDES%"] {
		name, version, _ := strings.Cut(provided, "=")
		f(name, version, arch)
	}
}

// rpmQuery is the database of the rpm family, which only rpm can read.
type rpmQuery struct {
	system *system
	files  []string
}

func rpms(y *system) database {
	return rpmQuery{system: y, files: []string{
		y.root + "/usr/lib/sysimage/rpm/rpmdb.sqlite", y.root + "/usr/lib/sysimage/rpm/Packages.db",
		y.root + "/var/lib/rpm/rpmdb.sqlite", y.root + "/var/lib/rpm/Packages.db", y.root + "/var/lib/rpm/Packages",
	}}
}

func (d rpmQuery) path() string { return firstThere(d.files) }

func (d rpmQuery) readable() bool { return d.system.look("rpm") != "" }

// rpmFormat prints a line for each name that a package provides, some without a version,
// and then a line for the package itself. That one is last because only the last lines of
// a long output are kept.
const rpmFormat = `[installed: %{PROVIDENAME} %{=ARCH} %{PROVIDEVERSION}\n]installed: %{NAME} %{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n`

func (d rpmQuery) missing(a *attempt, packages []osPackage) ([]osPackage, error) {
	rpm := d.system.look("rpm")
	if rpm == "" {
		return packages, nil
	}
	var missing []osPackage
	for _, p := range packages {
		text, err := a.ask(&tool{argv: []string{rpm, "-q", "--whatprovides", p.name, "--qf", rpmFormat}})
		if exit := (*exitError)(nil); err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		s := newSearch([]osPackage{p}, osPackage.matchesPart)
		for _, line := range strings.Split(text, "\n") {
			words := append(strings.Fields(line), "")
			if len(words) < 4 || words[0] != "installed:" {
				continue
			}
			s.see(words[1], words[3], words[2])
			s.see(p.name, "", words[2]) // that is why it was found
		}
		missing = append(missing, s.missing()...)
	}
	return missing, nil
}

func firstThere(files []string) string {
	for _, f := range files {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	return files[0]
}
