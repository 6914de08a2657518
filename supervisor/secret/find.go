package secret

import (
	"strings"

	"entrypoint/config/environ"
)

// OfEnvironment adds to list the secrets of an environment (NAME=VALUE). Our own variables
// are none: they name files and variables.
func OfEnvironment(list, env []string) []string {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if len(value) < least {
			continue
		}
		if !strings.HasPrefix(name, "ENTRYPOINT_") && environ.Secret(name) && !isPath(name, value) {
			list = append(list, value)
		}
		list = OfText(list, value)
	}
	return list
}

// OfText adds to list the passwords that a text shows by its form: those of URLs, and of
// NAME=VALUE where the name looks like a secret.
func OfText(list []string, text string) []string {
	for i := 0; ; {
		from, to := ofURL(text, i)
		if to == 0 {
			break
		}
		password := text[from:to]
		list = append(list, password)
		if decoded := unescape(password); decoded != password {
			list = append(list, decoded)
		}
		i = to
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '=' {
			continue
		}
		from := i
		for from > 0 && (inWord(text[from-1]) || text[from-1] == '-' || text[from-1] == '.') {
			from--
		}
		if environ.Secret(text[from:i]) {
			value := strings.TrimLeft(text[i+1:], `"'`)
			if end := strings.IndexAny(value, " \t\n\"'&;,"); end >= 0 {
				value = value[:end]
			}
			if !isPath(text[from:i], value) {
				list = append(list, value, unescape(value))
			}
		}
	}
	return list
}

// ofURL is where the password of the first URL that has one stands in text, from i on; 0, 0:
// there is none. One that should have been percent-encoded, for it has a "/" or the like in
// it, is found as well.
func ofURL(text string, i int) (from, to int) {
	for {
		n := strings.Index(text[i:], "://")
		if n < 0 {
			return 0, 0
		}
		i += n + len("://")
		rest := text[i:]
		if end := strings.IndexAny(rest, " \t\r\n\"'"); end >= 0 {
			rest = rest[:end]
		}
		authority := rest
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			authority = rest[:end]
		}
		user, password, found := strings.Cut(authority, ":")
		at := strings.LastIndexByte(authority, '@')
		if at < 0 && found && strings.Trim(password, "0123456789") != "" { // else it is a port
			at = strings.LastIndexByte(rest, '@')
		}
		if at > len(user)+1 {
			return i + len(user) + 1, i + at
		}
	}
}

// unescape decodes percent-encoding.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var out []byte
	for i := 0; i < len(s); {
		b, n := s[i:i+1], 1
		if s[i] == '%' {
			b, n = decode(s[i:])
		}
		out = append(out, b...)
		i += n
	}
	return string(out)
}

// isPath says whether a value is the path of a key, and not a key. In base64 there is
// none of ".-_" beside a "/".
func isPath(name, value string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(value, "/") && (strings.Contains(name, "key") || strings.Contains(name, "credential")) &&
		(strings.ContainsAny(value, ".-_") || value == strings.ToLower(value)) && !strings.ContainsAny(value, " \n+=")
}
