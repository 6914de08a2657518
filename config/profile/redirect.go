package profile

import (
	"path/filepath"
	"slices"
	"strings"
)

// Moved is a file that is not where a command line says, but elsewhere.
type Moved struct{ From, To string }

// Redirect is the words of a command with To wherever they name From. A server that reads
// From without being told so gets the option that names To. used says which of the files
// the command has; its words are shared with the Command if there are none.
func Redirect(command Command, moved []Moved) (argv []string, used []bool) {
	argv, used = command.Argv, make([]bool, len(moved))
	for n, m := range moved {
		for i := 1; i < len(argv); i++ {
			word, found := replacePath(argv[i], m)
			if !found {
				word, found = replaceRelative(argv[i], command.Dir, m)
			}
			if !found {
				continue
			}
			if !slices.Contains(used, true) {
				argv = slices.Clone(argv)
			}
			argv[i], used[n] = word, true
		}
	}
	command.Argv = argv
	c := locate(command)
	for n, m := range moved {
		if !used[n] && c != nil && !c.opaque {
			if more := c.config(m); more != nil {
				command.Argv, used[n] = more, true
				c = locate(command)
			}
		}
	}
	return command.Argv, used
}

// config is the command with the option for a file that it reads without being told;
// nil: it does not.
func (c *call) config(m Moved) []string {
	switch c.row.name {
	case "nginx":
		// The last -c counts.
		if slices.Contains(c.nginxConf(parseNginxArgs(c.args())), m.From) {
			return c.put(len(c.words), "-c", m.To)
		}
	case "php-fpm":
		is := func(place [2]string) bool { return place[0] == m.From }
		if c.last("-y --fpm-config") == "" && slices.ContainsFunc(c.fpmPlaces(), is) {
			return c.put(c.at+1, "-y", m.To)
		}
	case "gunicorn":
		named := optionIn(append(strings.Fields(c.environ("GUNICORN_CMD_ARGS")), c.args()...), "-c --config")
		if len(named) == 0 && c.path("gunicorn.conf.py") == m.From {
			return c.put(c.at+1, "-c", m.To)
		}
	}
	return nil
}

// replacePath is a word with a path of the file system in the place of another one, where
// that stands alone: behind an option or a sign, or in the text of a shell. found says
// whether it does so anywhere.
func replacePath(word string, m Moved) (replaced string, found bool) {
	for from := 0; ; {
		i := strings.Index(word[from:], m.From)
		if i < 0 {
			return word, found
		}
		i += from
		end := i + len(m.From)
		alone := i == 0 || !pathByte(word[i-1]) || i == 2 && word[0] == '-'
		if from = end; alone && (end == len(word) || !pathByte(word[end])) {
			word, found = word[:i]+m.To+word[end:], true
			from = i + len(m.To)
		}
	}
}

func pathByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b >= 0x80 || strings.IndexByte("_-./", b) >= 0
}

// replaceRelative is replacePath of a path that begins in a directory: a whole word, or
// what follows the "=" of an option.
func replaceRelative(word, dir string, m Moved) (replaced string, found bool) {
	option, name, long := "", word, false
	if strings.HasPrefix(word, "-") {
		if option, name, long = strings.Cut(word, "="); !long {
			return word, false
		}
		option += "="
	}
	if name == "" || filepath.IsAbs(name) || Under(dir, name) != m.From {
		return word, false
	}
	return option + m.To, true
}

// NginxMain is the main configuration file of an nginx; "": the command is none, or it is
// not known. exists says whether a file is there.
func NginxMain(command Command, exists func(path string) bool) string {
	c := locate(command)
	if c == nil || c.row.name != "nginx" || c.opaque {
		return ""
	}
	for _, conf := range c.nginxConf(parseNginxArgs(c.args())) {
		if exists(conf) {
			return conf
		}
	}
	return ""
}

// RedirectIncludes is the text of an nginx configuration in which the include directives
// that would find one of some files look for it below another root, with all that they
// find beside it. dir is the directory of the main file, where relative includes begin.
// found says which of the files are included.
func RedirectIncludes(dir, text string, files []string, root string) (out string, found []bool) {
	found = make([]bool, len(files))
	lex := nginxLexer{text: text, line: 1}
	var words []string
	done := 0 // what of the text is in out
	for {
		before := lex.i
		word, kind := lex.next()
		if kind == nginxEnd {
			return out + text[done:], found
		}
		if kind != nginxWord {
			words = nil
			continue
		}
		if words = append(words, word); len(words) != 2 || words[0] != "include" {
			continue
		}
		pattern, redirected := filepath.Clean(Under(dir, word)), false
		for n, file := range files {
			if is, err := filepath.Match(pattern, file); is && err == nil {
				found[n], redirected = true, true
			}
		}
		if redirected {
			out += text[done:before] + ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(root+pattern) + `"`
			done = lex.i
		}
	}
}

// HasBlock says whether the main context of an nginx configuration has a block of that
// name, such as stream.
func HasBlock(text, name string) bool {
	lex := nginxLexer{text: text, line: 1}
	first := ""
	for {
		word, kind := lex.next()
		switch {
		case kind == nginxEnd:
			return false
		case kind == nginxWord && first == "":
			first = word
		case kind == nginxOpen && first == name:
			return true
		case kind == nginxOpen:
			lex.skipBlock()
			first = ""
		case kind != nginxWord:
			first = ""
		}
	}
}
