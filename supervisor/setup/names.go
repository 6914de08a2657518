package setup

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// osPackage is one entry of requirements_os.txt: NAME, NAME:ARCH or either with
// =VERSION, where the version may end in * as apt has it.
type osPackage struct {
	name, arch, version string
}

// String writes it as in the file, which is also what apt wants.
func (p osPackage) String() string {
	s := p.name
	if p.arch != "" {
		s += ":" + p.arch
	}
	if p.version != "" {
		s += "=" + p.version
	}
	return s
}

// rpmName writes it as dnf and yum want it: NAME-VERSION, NAME.ARCH or, with both,
// NAME-VERSION-RELEASE.ARCH.
func (p osPackage) rpmName() string {
	s := p.name
	if p.version != "" {
		s += "-" + p.version
	}
	if p.arch != "" {
		if p.version != "" && !strings.Contains(p.version, "-") && !strings.HasSuffix(p.version, "*") {
			s += "-*"
		}
		s += "." + p.arch
	}
	return s
}

// zypperName writes it as zypper wants it: NAME.ARCH=VERSION. A colon would be after a
// kind of package.
func (p osPackage) zypperName() string {
	s := p.name
	if p.arch != "" {
		s += "." + p.arch
	}
	if p.version != "" {
		s += "=" + p.version
	}
	return s
}

// withoutArch writes it for apk and pacman, which know one architecture only; whether
// it is the one that is asked for shows when it is installed.
func (p osPackage) withoutArch() string {
	p.arch = ""
	return p.String()
}

// readPackages reads names separated by spaces or lines; # starts a comment. Each
// name is checked, so that a line can be neither an option nor a path nor an
// address to a package manager that runs as root.
func readPackages(path string) ([]osPackage, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(codeConfig, "cannot read it: ", cause(err).Error())
	}
	var packages []osPackage
	var wrong []string
	seen := map[osPackage]bool{}
	text := strings.TrimPrefix(string(data), "\ufeff")
	number := 0
	for _, line := range strings.Split(text, "\n") {
		number++
		line, _, _ = strings.Cut(line, "#")
		for _, word := range strings.Fields(line) {
			p, why := parsePackage(word)
			switch {
			case why != "":
				wrong = append(wrong, filepath.Base(path)+":"+strconv.Itoa(number)+": "+strconv.Quote(word)+" "+why)
			case !seen[p]:
				seen[p] = true
				packages = append(packages, p)
			}
		}
	}
	if wrong != nil {
		return nil, fail(codeConfig, strings.Join(wrong, "; "))
	}
	return packages, nil
}

const (
	alnum         = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	nameLetters   = alnum + "+-._"
	versionLetter = alnum + "+-._:~^*"
)

func parsePackage(word string) (p osPackage, why string) {
	name, version, pinned := strings.Cut(word, "=")
	p.version = version
	p.name, p.arch, _ = strings.Cut(name, ":")
	switch {
	case word[0] == '-':
		return p, "is an option, not a package name"
	case p.name == "" || strings.Trim(p.name, nameLetters) != "" || !strings.Contains(alnum, p.name[:1]):
		return p, "is not a package name"
	case strings.HasSuffix(p.name, "-"):
		return p, "would remove a package"
	case strings.Contains(name, ":") && (p.arch == "" || strings.Trim(p.arch, alnum+"-_") != ""):
		return p, "has no valid architecture after the colon"
	case pinned && (version == "" || strings.Trim(version, versionLetter) != "" || version[0] == '-'):
		return p, "has no valid version after the equals sign (want name=version)"
	}
	return p, ""
}

// list writes packages for people.
func list(packages []osPackage) string {
	words := make([]string, len(packages))
	for i, p := range packages {
		words[i] = p.String()
	}
	return strings.Join(words, " ")
}
