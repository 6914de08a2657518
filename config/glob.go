package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"entrypoint/config/directory"
	"entrypoint/config/profile"
)

// glob returns the paths that match pattern, which begins at dir, in the order
// of their bytes. Its rules are those of Python's glob, which are not those of
// filepath.Glob: a name that begins with a dot needs a dot in the pattern,
// "[!x]" is the opposite of "[x]", a backslash is a character, "**" is "*". A
// directory that cannot be listed is an error; one that is not there matches
// nothing.
func glob(dir, pattern string) ([]string, error) {
	paths := []string{""}
	if filepath.IsAbs(pattern) {
		paths = []string{"/"}
	}
	for _, part := range strings.Split(pattern, "/") {
		if part == "" || part == "." {
			continue
		}
		var next []string
		for _, path := range paths {
			if !hasMagic(part) {
				next = append(next, filepath.Join(path, part))
				continue
			}
			names, err := directory.Names(profile.Under(dir, path))
			if err != nil && !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ENOTDIR) {
				return nil, cannotRead(profile.Under(dir, path), err)
			}
			for _, name := range names {
				if strings.HasPrefix(name, ".") && part[0] != '.' {
					continue
				}
				if match(part, name) {
					next = append(next, filepath.Join(path, name))
				}
			}
		}
		paths = next
	}
	paths = slices.DeleteFunc(paths, func(path string) bool {
		_, err := os.Lstat(profile.Under(dir, path))
		return path == "" || err != nil
	})
	slices.Sort(paths)
	return paths, nil
}

func hasMagic(pattern string) bool { return strings.ContainsAny(pattern, "*?[") }

// globEscape makes a pattern that matches s alone.
func globEscape(s string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(s)
}

// match says whether a whole name matches a pattern. When what follows a "*"
// does not fit, only the last "*" has to take one character more, so the time is
// at most the product of the lengths.
func match(pattern, name string) bool {
	star, from := -1, 0 // where to go on when something does not fit
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, from = p, n
			p++
			continue
		}
		if dp, dn := matchOne(pattern[p:], name[n:]); dp > 0 {
			p, n = p+dp, n+dn
			continue
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(name[from:])
		from += size
		p, n = star+1, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches one character of a name, and returns how much of both that
// was: 0 of the pattern if it does not fit.
func matchOne(pattern, name string) (dp, dn int) {
	if pattern == "" {
		return 0, 0
	}
	r, dn := utf8.DecodeRuneInString(name)
	switch pattern[0] {
	case '?':
		return 1, dn
	case '[':
		if in, size := class(pattern, r); size > 0 {
			if !in {
				return 0, 0
			}
			return size, dn
		} // without its "]" it is a character
	}
	if pattern[0] != name[0] {
		return 0, 0
	}
	return 1, 1
}

// class reads the [...] that s begins with: whether r is in it, and its length,
// which is 0 if it has no end.
func class(s string, r rune) (in bool, size int) {
	i, not := 1, false
	if strings.HasPrefix(s[i:], "!") {
		i, not = i+1, true
	}
	start := i
	for i == start || i < len(s) && s[i] != ']' {
		if i >= len(s) {
			return false, 0
		}
		low, n := utf8.DecodeRuneInString(s[i:])
		i += n
		high := low
		if i+1 < len(s) && s[i] == '-' && s[i+1] != ']' {
			high, n = utf8.DecodeRuneInString(s[i+1:])
			i += 1 + n
		}
		in = in || low <= r && r <= high
	}
	if i >= len(s) {
		return false, 0
	}
	return in != not, i + 1
}
