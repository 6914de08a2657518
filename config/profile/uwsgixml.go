package profile

import "strings"

// xml reads <uwsgi> with its <key>value</key> and <key/>, wherever in the file it
// stands. With another section than the usual one, its id has to be that.
func (f *uwsgiFile) xml(text string) {
	var (
		inside bool
		key    string // the element that is open; "": none
		at     int    // its line
		number = 1
	)
	for text != "" {
		before, tag, ok := strings.Cut(text, "<")
		number += strings.Count(before, "\n")
		if !ok {
			return
		}
		if comment, is := strings.CutPrefix(tag, "!--"); is {
			comment, text, _ = strings.Cut(comment, "-->")
			number += strings.Count(comment, "\n")
			continue // a value around it is not what it seems, and lost
		}
		tag, text, _ = strings.Cut(tag, ">")
		line := number
		number += strings.Count(tag, "\n")
		name, alone := strings.CutSuffix(tag, "/")
		name, attributes, _ := strings.Cut(strings.TrimSpace(name), " ")
		switch {
		case name == "uwsgi":
			inside = f.wanted == "uwsgi" || strings.Contains(attributes, `id="`+f.wanted+`"`)
		case name == "/uwsgi":
			inside, key = false, ""
		case !inside || name == "" || name[0] == '?' || name[0] == '!':
		case alone:
			f.option(name, "", line)
		case name == "/"+key && key != "":
			f.option(key, xmlPlain(strings.TrimSpace(before)), at)
			key = ""
		case name[0] != '/':
			key, at = name, line
		}
	}
}

// xmlPlain is a text with its entities read.
func xmlPlain(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	for _, pair := range [...][2]string{{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", `"`}, {"&apos;", "'"}, {"&amp;", "&"}} {
		s = strings.ReplaceAll(s, pair[0], pair[1])
	}
	return s
}
