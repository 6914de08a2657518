package visible

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"plain ümläut 日本 🙂": "plain ümläut 日本 🙂",
		"\u0634\u0644\u0627\u0645 \u200c 👩\u200d💻": "\u0634\u0644\u0627\u0645 \u200c 👩\u200d💻", // joiners are a part of the script
		"tab\there":                 "tab\there",
		`a\x1b`:                     `a\x1b`,
		"\x1b[2Jgone":               `\x1b[2Jgone`,
		"\x1b]52;c;aGk=\a":          `\x1b]52;c;aGk=\x07`,
		"a\r\nb\bc\v\f":             `a\x0d\x0ab\x08c\x0b\x0c`,
		"\x00\x1f\x7f":              `\x00\x1f\x7f`,
		"\u0080\u0085\u009b31m":     `\u0080\u0085\u009b31m`,
		"\xff\x80\x9b":              `\xff\x80\x9b`,
		"\xe2\x80":                  `\xe2\x80`,
		"\ufffd":                    "\ufffd",
		"\u202egnp.exe\u202c":       `\u202egnp.exe\u202c`,
		"\u202a\u202b\u202d":        `\u202a\u202b\u202d`,
		"\u2066\u2067\u2068\u2069":  `\u2066\u2067\u2068\u2069`,
		"\u200e\u200f\u061c":        `\u200e\u200f\u061c`,
		"\u2028\u2029":              `\u2028\u2029`,
		"a\u200bb\u2060c\ufeffd":    `a\u200bb\u2060c\ufeffd`,
		"\u00ad\ufff9\U000e0041":    `\u00ad\ufff9\U000e0041`,
		"\ue000 private \U0010ffff": "\ue000 private \U0010ffff",
	} {
		if got := Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := string(Append([]byte("> "), in)); got != "> "+want {
			t.Errorf("%q appended: %q", in, got)
		}
	}
	if got := Lines("a\n\tb\r\n\u2028"); got != "a\n\tb\\x0d\n\\u2028" {
		t.Errorf("%q", got)
	}
}

// FuzzLine: what comes out is UTF-8 without controls, and comes out of a second
// time as it is.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"a\x1b[31mb", "\x1bP\x9c", "\u0085", "\xe2\x80", "\u202e", "\xf0\x9f\x99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Line(in)
		bad := func(r rune) bool {
			return r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp))
		}
		if !utf8.ValidString(out) || strings.ContainsFunc(out, bad) || Line(out) != out {
			t.Fatalf("%q: %q", in, out)
		}
	})
}
