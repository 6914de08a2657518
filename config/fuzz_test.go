package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// addFiles seeds a fuzz test with the files of testdata.
func addFiles(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, ": ", err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
}

// FuzzLoad: a file is refused with places, or gives programs that can run.
func FuzzLoad(f *testing.F) {
	addFiles(f, "testdata/*.conf", "ini/testdata/*.conf", "default.conf")
	f.Fuzz(func(t *testing.T, data string) {
		l, err := newLoader(&Options{Dir: "/", Env: testEnv()})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.load("app.conf", []byte(data))
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if line == "" {
					t.Fatalf("an empty line in %q", err)
				}
			}
			return
		}
		for _, p := range c.Programs {
			if p.Name == "" || len(p.Command) == 0 || len(p.StopSignals) == 0 {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// FuzzExpand: the data of an expansion is where it is said to be, and "%%"
// protects any text.
func FuzzExpand(f *testing.F) {
	f.Add("a%%b%(ENV_PORT)s %(process_num)02d", "x")
	f.Add("%(ENV_A(b):-c)-10.3s", "%(here)s")
	f.Fuzz(func(t *testing.T, format, val string) {
		lookup := func(name string) (value, error) {
			return value{s: val, n: len(name), isInt: strings.HasPrefix(name, "n")}, nil
		}
		if got, err := expand(strings.ReplaceAll(format, "%", "%%"), lookup); err != nil || got.s != format || got.data != nil {
			t.Fatalf("%q: %+v, %v", format, got, err)
		}
		got, err := expand(format, lookup)
		if err != nil {
			return
		}
		end := 0
		for _, d := range got.data {
			if d.from < end || d.to < d.from || d.to > len(got.s) {
				t.Fatalf("%q: data %v of %q", format, got.data, got.s)
			}
			end = d.to
		}
		if got, err := expand("a%(x)s", lookup); err != nil || got.s != "a"+val {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

// FuzzEnvironment: what is quoted comes back, whatever it is, and so does what
// an expansion puts there.
func FuzzEnvironment(f *testing.F) {
	f.Add(`A="b c",D='e',F=g`, "it's")
	f.Add("A=1;B=2\nC=3,", `a"b\c,d=e`)
	f.Fuzz(func(t *testing.T, in, val string) {
		list, err := parseEnvironment(plain(in))
		for _, kv := range list {
			if err == nil && strings.IndexByte(kv, '=') < 1 {
				t.Fatalf("%q: %q", in, list)
			}
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(val) + `"`
		want := []string{"A=" + val, "B=x"}
		if got, err := parseEnvironment(plain("A=" + quoted + ",B=x")); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: %q, %v", quoted, got, err)
		}
		raw := &text{"A=" + val + ",B=x", []span{{2, 2 + len(val)}}}
		if got, err := parseEnvironment(raw); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q: %q, %v", val, got, err)
		}
	})
}

// FuzzCommand: quoted words come back, whatever is in them.
func FuzzCommand(f *testing.F) {
	f.Add(`sh -c "echo 'a b'" x\ y`, "it's")
	f.Fuzz(func(t *testing.T, in, val string) {
		if words, err := splitWords(plain(in)); err == nil && !strings.ContainsAny(in, `"'\`) && !slices.Equal(words, strings.FieldsFunc(in, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })) && utf8.ValidString(in) {
			t.Fatalf("%q: %q", in, words)
		}
		quoted := "'" + strings.ReplaceAll(val, "'", `'\''`) + "'"
		if words, err := splitWords(plain("a " + quoted + " b")); err != nil || !slices.Equal(words, []string{"a", val, "b"}) {
			t.Fatalf("%q: %q, %v", val, words, err)
		}
		raw := &text{`a "` + val + `" b`, []span{{3, 3 + len(val)}}}
		if words, err := splitWords(raw); err != nil || !slices.Equal(words, []string{"a", val, "b"}) {
			t.Fatalf("%q: %q, %v", val, words, err)
		}
	})
}
