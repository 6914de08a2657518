// Package setting is what the configuration says of a program, for those who look at it:
// each key with the place where it stands, and those that nobody has set. What looks like
// a secret is not in it.
package setting

import (
	"path/filepath"
	"regexp"
	"slices"

	"entrypoint/config"
	"entrypoint/supervisor/control"
)

// Setting is a key that stands in a file, with nothing expanded.
type Setting struct {
	Key     string `json:"key"`
	Value   string `json:"value"` // "" of environment, whose values nobody is shown
	Section string `json:"section"`
	File    string `json:"file"`
	Line    string `json:"line"`
}

// Default is a key that stands in no file.
type Default struct {
	Key   string `json:"key"`
	Value string `json:"value"` // or, in parentheses, what holds then
	Help  string `json:"help"`
}

// written is one line of control.Detail.Settings.
var written = regexp.MustCompile(`(?s)^(.*?):(\d+): \[([^\]]*)\] (\S+) = (.*)$`)

// Parse makes settings of the lines of control.Detail, and finds the keys that are in none
// of them.
func Parse(lines []string) ([]Setting, []Default) {
	list, defaults, known := []Setting{}, []Default{}, map[string]bool{}
	for _, line := range lines {
		if m := written.FindStringSubmatch(line); m != nil {
			list = append(list, Setting{File: m[1], Line: m[2], Section: m[3], Key: m[4], Value: Masked(m[4], m[5])})
			known[m[4]] = true
		}
	}
	for _, g := range config.ProgramWords().Groups {
		for _, w := range g.Words {
			if !known[w.Name] && !w.Unsupported && (w.Sections == nil || slices.Contains(w.Sections, "program")) {
				value := w.Default
				if value == "" && w.Unset != "" {
					value = "(" + w.Unset + ")"
				}
				defaults = append(defaults, Default{w.Name, value, w.Help})
			}
		}
	}
	return list, defaults
}

const mask = "***"

// secretName is a word that a secret is called by.
const secretName = `[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth)[\w.-]*`

var (
	inURL    = regexp.MustCompile(`(\w://[^\s/:@"']*:)[^\s@"']+@`)
	inUser   = regexp.MustCompile(`(\w://)[^\s/:@"']{20,}@`) // a token instead of a name
	byName   = regexp.MustCompile(`(?i)((?:^|[\s"',;?&{(-])` + secretName + `(?:["']?\s*[=:]\s*|\s+)(?:(?:bearer|basic|token)\s+)?)("[^"]*"|'[^']*'|[^\s"'&,;]+)`)
	byLetter = regexp.MustCompile(`((?:\b(?:mysql|mariadb)[\w-]*\b[^;&|]*?\s-p|\bsshpass\s+-p\s*|\bredis-cli\b[^;&|]*?\s-a\s+|\bcurl\b[^;&|]*?\s(?:-u|--user)[\s=]*["']?[^\s:"']+:))[^\s"']+`)
	byKey    = regexp.MustCompile(`(?i)^` + secretName + `$`)
	looksUp  = regexp.MustCompile(`^["']?%\(ENV_\w+\)s["']?$`) // what is looked up says nothing
)

// Masked is a value without what looks like a secret: passwords in URLs, what follows the
// word password, token and their like or such an option of a well-known command, and all of
// a key that is called so.
func Masked(key, value string) string {
	if byKey.MatchString(key) && value != "" {
		return mask
	}
	value = inURL.ReplaceAllString(value, "${1}"+mask+"@")
	value = inUser.ReplaceAllString(value, "${1}"+mask+"@")
	value = byLetter.ReplaceAllString(value, "${1}"+mask)
	return byName.ReplaceAllStringFunc(value, func(found string) string {
		m := byName.FindStringSubmatch(found)
		if looksUp.MatchString(m[2]) || m[2] == mask {
			return found
		}
		return m[1] + mask
	})
}

// MaskProbes takes out of probes what looks like a secret: they are settings, too.
func MaskProbes(probes []*control.Probe) {
	for _, p := range probes {
		p.Probe = Masked("", p.Probe)
	}
}

// Place is where the setting stands, without the directory.
func (s Setting) Place() string { return filepath.Base(s.File) + ":" + s.Line }
