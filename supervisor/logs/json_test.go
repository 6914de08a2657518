package logs

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"plain", `"message":"plain"`},
		{"", `"message":""`},
		{"tab\tquote\" back\\slash \x00\x1b[0m\x7f é 日本\r", `"message":"tab\tquote\" back\\slash \u0000\u001b[0m` + "\x7f é 日本" + `\r"`},
		{`{"a":[1,{"b":null}], "t":true}`, `"message":{"a":[1,{"b":null}], "t":true}`},
		{" {}\r", "\"message\": {}\r"},
		{`{"a":1`, `"message":"{\"a\":1"`},
		{`[1]`, `"message":"[1]"`},
		{"{\"a\":\"\xff\"}", `"message_base64":"eyJhIjoi/yJ9"`},
		{"\xff", `"message_base64":"/w=="`},
		{"\xff\xfe", `"message_base64":"//4="`},
		{"\xff\xfe\xfd", `"message_base64":"//79"`},
	} {
		w := newWorld(t, JSON)
		w.print(Spec{Program: `g:"p"`, Targets: toStdout}, c.line+"\n")
		out, _ := w.drained()
		want := `{"time":"2026-01-02T02:04:05.678901Z","program":"g:\"p\"","stream":"stdout","pid":7,` + c.want + "}\n"
		if out != want {
			t.Errorf("%q: got\n%s, want\n%s", c.line, out, want)
		}
		if !json.Valid([]byte(out)) {
			t.Errorf("%q: not valid: %s", c.line, out)
		}
	}
}

// TestJSONLong: of a line that is longer than what is held back each piece is an
// object, and characters stay whole.
func TestJSONLong(t *testing.T) {
	w := newWorld(t, JSON)
	long := "x" + strings.Repeat("é\x01", maxHeld)
	w.print(Spec{Targets: toStdout}, "{}\n")
	s, child := w.start(Spec{Targets: toStdout})
	if _, err := child.WriteString(long + "\nlast"); err != nil {
		t.Fatal(err)
	}
	child.Close()
	s.Ended(nil)
	out, _ := w.drained()
	var pieces []message
	for line := range strings.Lines(out) {
		pieces = append(pieces, decode(t, line))
	}
	var text string
	for i, m := range pieces[1:] {
		if m.Partial != (i < len(pieces)-3) {
			t.Errorf("piece %d of %d: partial %v", i, len(pieces)-1, m.Partial)
		}
		if i < len(pieces)-2 {
			text += m.text
		}
	}
	if text != long || pieces[len(pieces)-1].text != "last" || len(pieces) < 4 {
		t.Errorf("%d pieces with %d bytes, want %d", len(pieces), len(text), len(long))
	}
}

// message is a line of format JSON as its reader sees it.
type message struct {
	Program, Stream string
	PID             int
	Partial         bool
	Message         json.RawMessage
	Base64          *string `json:"message_base64"`
	text            string  // the line
}

func decode(t *testing.T, line string) (m message) {
	t.Helper()
	if !utf8.ValidString(line) {
		t.Fatalf("not UTF-8: %.200q", line)
	}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatalf("%v: %.200q", err, line)
	}
	switch {
	case m.Base64 != nil:
		b, err := base64.StdEncoding.DecodeString(*m.Base64)
		if err != nil {
			t.Fatal(err)
		}
		m.text = string(b)
	case m.Message[0] == '"':
		if err := json.Unmarshal(m.Message, &m.text); err != nil {
			t.Fatal(err)
		}
	default:
		m.text = string(m.Message)
	}
	return m
}

func FuzzObject(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : [ ] } `, `{"a":-0.1e+5,"b":[true,false,null,"\u00e9\n"]}`, `{"a":01}`, `{"a":1,}`, `{"a"}`, `{]`, `{"a":[}`, `[}`,
		`{"a":{"b":{}}}`, `{"a":"\x"}`, "{\"a\":\"\\u00\x10e\"}", `{}{}`, `{"a":tru}`, `{"a":1e}`, `{"a":-}`, `{"a":.5}`, `{"":""}`, `{"a":[[],[{}]]}`, "{\"a\":\"\t\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		trimmed := strings.TrimLeft(string(text), " \t\r\n")
		want := json.Valid(text) && strings.HasPrefix(trimmed, "{")
		if got := isObject(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}

func TestObjectDepth(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1))
	}
	if !isObject(nested(maxDepth)) || isObject(nested(maxDepth+1)) {
		t.Error("not limited to maxDepth")
	}
	text := nested(maxDepth)
	if n := testing.AllocsPerRun(10, func() { isObject(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzMessage: every text comes back from its JSON.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("plain text of some length"))
	f.Add([]byte("\"\\\x00\x1f\x7f é\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		quoted := append(appendEscaped([]byte{'"'}, text), '"')
		var back string
		if utf8.Valid(text) {
			if err := json.Unmarshal(quoted, &back); err != nil || back != string(text) {
				t.Errorf("%q: %s, %v", text, quoted, err)
			}
		}
		unescaped := string(quoted) == `"`+string(text)+`"`
		ascii := strings.IndexFunc(string(text), func(r rune) bool { return r >= utf8.RuneSelf }) < 0
		if got := plain(text); got != (unescaped && ascii) {
			t.Errorf("plain(%q) is %v", text, got)
		}
		if got := string(appendBase64(nil, text)); got != base64.StdEncoding.EncodeToString(text) {
			t.Errorf("base64 of %q: %s", text, got)
		}
	})
}
