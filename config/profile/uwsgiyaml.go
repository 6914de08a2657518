package profile

import "strings"

// yaml reads the part of YAML that uWSGI's own documentation writes: below the
// section's name, which begins a line, "key: value" all indented alike, or a key
// and its list of values.
func (f *uwsgiFile) yaml(text string) {
	var (
		inside bool
		indent = -1
		key    string // whose list may follow
		number int
	)
	for _, line := range strings.Split(text, "\n") {
		number++
		line = strings.TrimRight(line, " \t\r")
		rest := strings.TrimLeft(line, " ")
		depth := len(line) - len(rest)
		item, isItem := strings.CutPrefix(rest, "- ")
		switch {
		case rest == "" || rest[0] == '#' || rest == "---":
		case depth == 0 && !isItem:
			name, _, _ := strings.Cut(rest, ":")
			inside, indent, key = yamlScalar(name) == f.wanted, -1, ""
		case !inside:
		case isItem:
			if key != "" {
				f.option(key, yamlScalar(item), number)
			}
		case indent < 0 || depth == indent:
			indent, key = depth, ""
			name, val, ok := strings.Cut(rest, ":")
			if !ok {
				continue
			}
			if val = yamlScalar(val); val == "" {
				key = yamlScalar(name)
				continue
			}
			f.option(yamlScalar(name), val, number)
		default: // part of a longer value
			key = ""
		}
	}
}

// yamlScalar is a text without its quotes or its comment.
func yamlScalar(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || s[0] == '#' {
		return ""
	}
	if quote := s[0]; quote == '"' || quote == '\'' {
		if end := strings.IndexByte(s[1:], quote); end >= 0 {
			return s[1 : 1+end]
		}
	}
	s, _, _ = strings.Cut(s, " #")
	return strings.TrimSpace(s)
}
