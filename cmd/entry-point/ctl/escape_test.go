package ctl

import (
	"testing"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain ümläut 🙂":      "plain ümläut 🙂",
		"tab\there":           "tab\there",
		"\x1b[1;31mred\x1b[m": "\x1b[1;31mred\x1b[m",
		"\x1b[2Jgone":         `\x1b[2Jgone`,
		"\x1b]52;c;aGk=\a":    `\x1b]52;c;aGk=\x07`,
		"a\rb\bc":             `a\x0db\x08c`,
		"\xff\x80":            `\xff\x80`,
		"\u009b31m":           `\u009b31m`,
		"\u202egnp.exe":       `\u202egnp.exe`,
		"\x1b[":               `\x1b[`,
	} {
		if got, _ := escapeLine(nil, []byte(in)); string(got) != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzEscape: nothing but colours is left that a terminal obeys.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"a\x1b[31mb", "\x1b[\x1b[m", "\x1bP\x9c", "\u0085", "\xe2\x80", "\x1b[38;5;1m\x1b[3\x07"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		out, _ := escapeLine(nil, line)
		for i := 0; i < len(out); {
			if n := sgr(out[i:]); n > 0 {
				i += n
				continue
			}
			if out[i] == 0x1b {
				t.Fatalf("%q: %q", line, out)
			}
			i++
		}
	})
}
