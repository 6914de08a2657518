package ini

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"entrypoint/supervisor/skip"
)

// brief writes what a file holds on one line for each key.
func brief(f *File) string {
	var out strings.Builder
	for _, s := range f.Sections {
		out.WriteString("[" + s.Name + "]")
		for _, k := range s.Keys {
			out.WriteString(" " + k.Name + "=" + strings.ReplaceAll(k.Value, "\n", "|"))
		}
		out.WriteString("\n")
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                        {"", ""},
		"only comments":                  {"# a\n  ; b\n", ""},
		"key and value":                  {"[a]\nk = v", "[a] k=v"},
		"colon":                          {"[a]\nk: v=w", "[a] k=v=w"},
		"the first delimiter counts":     {"[a]\nk=v:w", "[a] k=v:w"},
		"lower case keys only":           {"[A]\nKey=Value", "[A] key=Value"},
		"empty value":                    {"[a]\nk =\nl=", "[a] k= l="},
		"comment after white space":      {"[a]\nk = v ;c\nl = v\t#c", "[a] k=v l=v"},
		"no comment inside of a word":    {"[a]\nk = v;c#d", "[a] k=v;c#d"},
		"comment after a word's sign":    {"[a]\nk = v;c #d", "[a] k=v;c"},
		"quotes protect nothing":         {"[a]\nk = \"a ; b\"", "[a] k=\"a"},
		"value that is a comment":        {"[a]\nk = ; c", "[a] k="},
		"sign directly after =":          {"[a]\nk =;c", "[a] k=;c"},
		"continued":                      {"[a]\nk = 1\n 2\n\t3", "[a] k=1|2|3"},
		"continued from an empty value":  {"[a]\nk =\n 1\n 2", "[a] k=1|2"},
		"comment lines in a value":       {"[a]\nk = 1\n# c\n ; c\n 2", "[a] k=1|2"},
		"inline comment in a value":      {"[a]\nk = 1\n 2 ; c\n 3", "[a] k=1|2|3"},
		"empty lines in a value":         {"[a]\nk = 1\n\n 2\n\n\nl = 3\n", "[a] k=1||2 l=3"},
		"anything can be a continuation": {"[a]\nk = 1\n [b]\n l = 2", "[a] k=1|[b]|l = 2"},
		"indented first key":             {"[a]\n  k = 1\n  l = 2\n   m = 3", "[a] k=1 l=2|m = 3"},
		"less indented is a new key":     {"[a]\n  k = 1\n l = 2", "[a] k=1 l=2"},
		"duplicate key":                  {"[a]\nk=1\nl=2\nK=3", "[a] k=3 l=2"},
		"duplicate section":              {"[a]\nk=1\n[b]\n[a]\nl=2\nk=3", "[a] k=3 l=2\n[b]"},
		"defaults":                       {"[a]\nk=1\n[DEFAULT]\nk=0\nl=2\n[b]", "[a] k=1 l=2\n[b] k=0 l=2"},
		"name is not trimmed":            {"[ a ]\nk=1", "[ a ] k=1"},
		"up to the last bracket":         {"[a] b] c\nk=1", "[a] b] k=1"},
		"comment after a header":         {"[a] ; b]\nk=1", "[a] k=1"},
		"windows":                        {"\ufeff[a]\r\nk = 1\r\n 2\r\n", "[a] k=1|2"},
		"old mac":                        {"[a]\rk = 1\r 2\r", "[a] k=1|2"},
		"utf-8":                          {"[a]\nk = 日本", "[a] k=日本"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse("f", []byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(f); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"text before a section": {"a=1\nb=2\n[s]\nc=3", "f.conf:1: text before the first [section]"},
		"no delimiter":          {"[s]\nc=3\nword", "f.conf:3: neither [section] nor key = value"},
		"no key":                {"[s]\n= 3", `f.conf:2: no key before "="`},
		"empty header":          {"[s]\n[]", "f.conf:2: neither [section] nor key = value"},
		"open header":           {"[s]\n[a", "f.conf:2: neither [section] nor key = value"},
		"not UTF-8":             {"[s]\nk=\xff", "f.conf:2: not UTF-8 text"},
		"NUL":                   {"[s]\nk=\x00", "f.conf:2: a NUL byte is not text"},
		"all at once": {
			"x\n[s]\nword\nk=1\n: 2\n", "f.conf:1: text before the first [section]\n" +
				"f.conf:3: neither [section] nor key = value\nf.conf:5: no key before \":\"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse("f.conf", []byte(c.in))
			if f != nil || err == nil || err.Error() != c.want {
				t.Errorf("got %v, %v\nwant %s", f, err, c.want)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	f, err := Parse("f.conf", []byte("[DEFAULT]\nd=0\n\n[a]\nk =\n  1\n[b]\n[a]\nk=2\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := f.Section("a")
	if a.Line != 4 || a.File != "f.conf" || f.Section("b").Line != 7 {
		t.Errorf("sections at %d and %d, want 4 and 7", a.Line, f.Section("b").Line)
	}
	if k, ok := a.Key("k"); !ok || k != (Key{Name: "k", Value: "2", File: "f.conf", Line: 9}) {
		t.Errorf("k is %+v", k)
	}
	if d, ok := a.Key("d"); !ok || d.Line != 2 || !d.Inherited {
		t.Errorf("d is %+v, want it from line 2", d)
	}
	if s := f.Section("c"); s != nil {
		t.Error("there is no section c")
	}
	if _, ok := f.Section("c").Key("k"); ok {
		t.Error("a section that is not there has no key")
	}
}

// TestMerge: what a second file says comes later, its [DEFAULT] as well.
func TestMerge(t *testing.T) {
	one, err := Read("one", []byte("[a]\nk=1\nl=2\n[DEFAULT]\nd=1\ne=1\n[b]\n"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := Read("two", []byte("[DEFAULT]\nd=2\n[c]\nd=3\n[a]\nl=4\nm=5\n"))
	if err != nil {
		t.Fatal(err)
	}
	one.Merge(two)
	one.Inherit()
	if got, want := brief(one), "[a] k=1 l=4 m=5 d=2 e=1\n[b] d=2 e=1\n[c] d=3 e=1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if l, _ := one.Section("a").Key("l"); l.File != "two" || l.Line != 6 || one.Section("c") == nil {
		t.Errorf("the place of l is %+v", l)
	}
}

// TestOpenQuote: a comment that begins inside of a quotation is noted.
func TestOpenQuote(t *testing.T) {
	for in, want := range map[string]int{
		"k=sh -c \"a ; b\"":        2,
		"k=sh -c \"a\n  # b\n c\"": 0, // a line that is a comment is meant as one
		"k=sh -c \"a\n  b; ; c":    3,
		"k=sh -c 'a' ; it's":       0,
		`k=sh -c a\"b ; c`:         0,
		`k='a\' ; c`:               0,
		`k="a'b" ; c`:              0,
		"k=\"a\n b\" ; c":          0,
	} {
		f, err := Parse("f", []byte("[s]\n"+in+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if k, _ := f.Section("s").Key("k"); k.OpenQuote != want {
			t.Errorf("%q: line %d, want %d", in, k.OpenQuote, want)
		}
	}
}

// pythonParser prints what supervisord's own parser makes of each file.
const pythonParser = `
import configparser, json, sys
for name in sys.argv[1:]:
    p = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", "#"))
    p.read(name, encoding="utf-8-sig")
    print(json.dumps({s: {k: v.strip() for k, v in p.items(s)} for s in p.sections()}))
`

// TestLikePython compares with Python's parser, which supervisord uses.
func TestLikePython(t *testing.T) {
	python, err := exec.LookPath("python3")
	skip.Unless(t, err == nil, "python3")
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(files) == 0 {
		t.Fatal("no files to compare: ", err)
	}
	out, err := exec.Command(python, append([]string{"-c", pythonParser}, files...)...).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		var want map[string]map[string]string
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(files[i], data)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]map[string]string{}
		for _, s := range f.Sections {
			got[s.Name] = map[string]string{}
			for _, k := range s.Keys {
				got[s.Name][k.Name] = k.Value
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %v\nwant %v", files[i], got, want)
		}
	}
}

// write is a file with the same content.
func write(f *File) []byte {
	var out strings.Builder
	for _, s := range f.Sections {
		out.WriteString("[" + s.Name + "]\n")
		for _, k := range s.Keys {
			out.WriteString(k.Name + "=" + strings.ReplaceAll(k.Value, "\n", "\n\t") + "\n")
		}
	}
	return []byte(out.String())
}

func FuzzParse(f *testing.F) {
	// Besides our own, the files of Debian's supervisor package where it is installed.
	for _, pattern := range []string{"testdata/*.conf", "/etc/supervisor/*.conf", "/usr/share/doc/supervisor/examples/*"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f", data)
		if err != nil {
			if file != nil || err.Error() == "" {
				t.Fatalf("%v, %q", file, err)
			}
			return
		}
		again, err := Parse("f", write(file))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, write(file))
		}
		if got, want := brief(again), brief(file); got != want {
			t.Errorf("read again: %s\nfirst:      %s", got, want)
		}
	})
}
