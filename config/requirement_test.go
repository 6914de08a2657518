package config

import (
	"strings"
	"testing"

	"entrypoint/config/ini"
)

// declared shows what has been read of a declaration.
func (r *Requirement) declared() string {
	s := r.Name + " (" + r.Expected() + ")"
	if r.Optional {
		s += " = <" + r.Default + ">"
	}
	return s
}

// TestParseRequirements: what a declaration means.
func TestParseRequirements(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		" , ,":                            "",
		"A":                               "A (a value that is not empty)",
		"DATABASE_URL:url, PORT:port":     "DATABASE_URL (a URL such as postgres://user@host/name)|PORT (a port from 1 to 65535)",
		"PORT:port=8000":                  "PORT (a port from 1 to 65535) = <8000>",
		"PORT : port = 8000 ,":            "PORT (a port from 1 to 65535) = <8000>",
		"WORKERS:int = -3\nDEBUG:bool":    "WORKERS (a whole number) = <-3>|DEBUG (true or false (or yes, no, on, off, 1, 0))",
		"MODE:dev|prod":                   "MODE (one of dev, prod)",
		"MODE: dev | prod = dev\nA,\n\tB": "MODE (one of dev, prod) = <dev>|A (a value that is not empty)|B (a value that is not empty)",
		"A=":                              "A (a value that is not empty) = <>",
		`A=""`:                            "A (a value that is not empty) = <>",
		"HOST=a:b=c":                      "HOST (a value that is not empty) = <a:b=c>",
		"URL:url=http://u:p@h:8/?a=b":     "URL (a URL such as postgres://user@host/name) = <http://u:p@h:8/?a=b>",
		`A="1,2", B='x "y", z' ,C=it's`:   `A (a value that is not empty) = <1,2>|B (a value that is not empty) = <x "y", z>|C (a value that is not empty) = <it's>`,
		"A = \"two\nlines\"":              "A (a value that is not empty) = <two\nlines>",
	} {
		list, err := parseRequirements(plain(text), setting{Key: &ini.Key{}})
		got := make([]string, len(list))
		for i := range list {
			got[i] = list[i].declared()
		}
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%q: %v\ngot  %s\nwant %s", text, err, strings.Join(got, "|"), want)
		}
	}
}

// TestParseRequirementsErrors: what is wrong with a declaration.
func TestParseRequirementsErrors(t *testing.T) {
	const form = " cannot be the name of a variable; a declaration is NAME, NAME:KIND or NAME:KIND=DEFAULT"
	const kinds = " is none of url, port, int, bool, and no choice such as dev|prod"
	for text, want := range map[string]string{
		"A B":              `"A B"` + form,
		"=x":               `""` + form,
		"1A":               `"1A"` + form,
		":url":             `""` + form,
		"A:":               `A: ""` + kinds,
		"A:number":         `A: "number"` + kinds,
		"A:prot":           `A: "prot"` + kinds + " (did you mean port?)",
		"A:url B:port":     `A: "url B:port"` + kinds,
		"A:a||b":           `A: in "a||b" a choice is empty, or stands there twice`,
		"A:a|a":            `A: in "a|a" a choice is empty, or stands there twice`,
		"PORT:port=":       "the default of PORT is not a port from 1 to 65535",
		"PORT:port=0":      "the default of PORT is not a port from 1 to 65535",
		"MODE:a|b=c":       "the default of MODE is not one of a, b",
		"U:url=x":          "the default of U is not a URL such as postgres://user@host/name: it does not begin with a scheme and ://",
		`A="x`:             `no closing quotation mark (") behind A=`,
		`A="x" B`:          `text follows the closing quotation mark (") of A; a comma belongs between two variables`,
		"A, B:int, A:port": "A stands there twice",
	} {
		if _, err := parseRequirements(plain(text), setting{Key: &ini.Key{}}); err == nil || err.Error() != want {
			t.Errorf("%q\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// TestRequirementData: what a variable has put into a declaration is not parsed.
func TestRequirementData(t *testing.T) {
	text, err := expand("A=%(ENV_X)s,B", func(string) (value, error) { return value{s: `1,C:int="`}, nil })
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseRequirements(&text, setting{Key: &ini.Key{}})
	if err != nil || len(list) != 2 || list[0].Default != `1,C:int="` || list[1].Name != "B" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestWrong: which values are good.
func TestWrong(t *testing.T) {
	kinds := map[string]Requirement{
		"text": {}, "url": {Kind: VariableURL}, "port": {Kind: VariablePort}, "int": {Kind: VariableInt}, "bool": {Kind: VariableBool},
		"choice": {Kind: VariableChoice, Choices: []string{"dev", "prod"}},
	}
	good := map[string][]string{
		"text": {"x", " "},
		"url": {
			"postgres://u:p@h:5432/db?sslmode=require", "postgresql+psycopg2://u@/db", "postgres://u:p@h1:1,h2:2/db", "redis://:pw@h/0", "sqlite://", "sqlite:///a.db",
			"jdbc:mysql://h:3306/db", "mongodb+srv://h/x", "http://[::1]:80/", "https://h", "unix:///run/s.sock", "mysql://u:p%2F@h/x", "amqp://guest@h//",
		},
		"port":   {"1", "8000", "65535"},
		"int":    {"0", "-5", "9223372036854775807"},
		"bool":   {"true", "False", "YES", "0", "on"},
		"choice": {"dev", "prod"},
	}
	bad := map[string][]string{
		"url": {
			"h:5432", "/a/b", "://h", "1 http://h", "http://h x", "http://", "http:///x", "postgres://", "p q://h", "http://h:0/", "http://h:70000", "http://h:x",
			"postgres://u:pa/ss@h:1/db", "postgres://u:pa#ss@h/db", "http://[::1/", "\nhttp://h",
		},
		"port":   {"0", "65536", "-1", "80a", " 80", "0x50", "80 ", "٣"},
		"int":    {"1.5", "x", "1_000", " 1", "9223372036854775808"},
		"bool":   {"maybe", "2", " true", "t"},
		"choice": {"DEV", "prod2", "dev,prod"},
	}
	for kind, values := range good {
		r := kinds[kind]
		for _, v := range values {
			if reason, ok := r.Wrong(v); !ok || reason != "" {
				t.Errorf("%q is no %s: %s", v, kind, reason)
			}
		}
	}
	for kind, values := range bad {
		r := kinds[kind]
		for _, v := range values {
			reason, ok := r.Wrong(v)
			if ok {
				t.Errorf("%q is a %s", v, kind)
			}
			if kind == "url" && (reason == "" || strings.Contains(reason, "pa") && strings.Contains(reason, "ss@")) {
				t.Errorf("%q: %q", v, reason)
			}
		}
	}
}

// FuzzRequirements: a list is refused in words, or its variables have names and defaults
// that are what is expected of them.
func FuzzRequirements(f *testing.F) {
	f.Add("DATABASE_URL:url, PORT:port=8000, MODE:dev|prod, DEBUG:bool, WORKERS:int")
	f.Add("A=\"x,y\"\nB:a | b = 'a',C=")
	f.Add("A:url B=:,=\"")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := parseRequirements(plain(s), setting{Key: &ini.Key{File: "f", Line: 3, Name: "require_env"}})
		if err != nil && (list != nil || err.Error() == "") {
			t.Fatalf("%+v, %v", list, err)
		}
		for i := range list {
			r := &list[i]
			_, ok := r.Wrong(r.Default)
			if !isVariable(r.Name) || r.Optional && !ok && (r.Kind != VariableText || r.Default != "") || r.where.Line != 3 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// TestParseSecrets: which variables get their values from files.
func TestParseSecrets(t *testing.T) {
	for s, want := range map[string]string{
		"auto": "0", " Off ": "1", "A": "2 A", "DB_PASSWORD, API_TOKEN\n X Y": "2 DB_PASSWORD API_TOKEN X Y", "": "0",
		"A_FILE":  "name the variable that gets the value: A, not A_FILE",
		"A, auto": `"auto" in a list is no name of a variable; it is auto, off, or a list such as DB_PASSWORD, API_TOKEN`,
		"1":       `"1" in a list is no name of a variable; it is auto, off, or a list such as DB_PASSWORD, API_TOKEN`,
	} {
		mode, names, err := parseSecrets(plain(s))
		got := strings.TrimSpace(string(rune('0'+mode)) + " " + strings.Join(names, " "))
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"/a/b/, /c/../d\n/e": "/a/b|/d|/e", "": "",
		"a/b": `"a/b" is no absolute path; write one such as /vault/secrets, or %(here)s/a/b for one beside this file`, "/": `"/" is no path of a directory such as /vault/secrets`,
	} {
		dirs, err := parseSecretsDirs(plain(s))
		got := strings.Join(dirs, "|")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

// TestParseSizing: numbers of workers, and what memory they need.
func TestParseSizing(t *testing.T) {
	for s, want := range map[string]float64{"2": 2, " 0.5 ": 0.5, "1000": 1000, "0": 0, "-1": 0, "x": 0, "NaN": 0, "Inf": 0, "1001": 0, "": 0} {
		if n, err := parseWorkersPerCPU(s); n != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", s, n, err)
		}
	}
	for s, want := range map[string]int{"128MB": 128 << 20, "0": NoWorkerMemory, "1MB": 1 << 20, "128": 0, "-1": 0, "x": 0} {
		if n, err := parseWorkerMemory(s); n != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v, %v", s, n, err)
		}
	}
}

// TestExpandSize: %(cpus)s and %(memory_mb)s are numbers, of the environment.
func TestExpandSize(t *testing.T) {
	s := scope{env: []string{"ENTRYPOINT_CPUS=3", "ENTRYPOINT_MEMORY_MB=512"}}
	text, err := expand("--workers %(cpus)s %(cpus)02d --max-old-space-size=%(memory_mb)d", s.lookup)
	if err != nil || text.s != "--workers 3 03 --max-old-space-size=512" {
		t.Errorf("%q, %v", text.s, err)
	}
	s.env = nil
	if _, err := expand("%(cpus)s", s.lookup); err == nil || err.Error() != "the environment has no number in ENTRYPOINT_CPUS, which the step sizing sets" {
		t.Errorf("%v", err)
	}
}
