package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func loadProcfile(t *testing.T, text string) (*Config, error) {
	t.Helper()
	l, err := newLoader(&Options{Dir: t.TempDir(), Env: testEnv()})
	if err != nil {
		t.Fatal(err)
	}
	return l.procfile("Procfile", []byte(text))
}

func TestProcfile(t *testing.T) {
	c, err := loadProcfile(t, "# what runs\n\nweb: gunicorn -b 0.0.0.0:8000 \"my app\" 100%\n  worker : celery -A app ; echo \"a\\b\" '$X' 50% ;c\nport: run $PORT\nrelease: ./migrate\nshell:cd /srv\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"web":     `["gunicorn" "-b" "0.0.0.0:8000" "my app" "100%"] false true Procfile:3`,
		"worker":  `["/bin/sh" "-c" "celery -A app ; echo \"a\\b\" '$X' 50% ;c"] true true Procfile:4`,
		"port":    `["/bin/sh" "-c" "run $PORT"] true true Procfile:5`,
		"release": `["./migrate"] false false Procfile:6`,
		"shell":   `["/bin/sh" "-c" "cd /srv"] true true Procfile:7`,
	}
	if len(c.Programs) != len(want) {
		t.Error(names(c))
	}
	for _, p := range c.Programs {
		if got := fmt.Sprintf("%q %t %t %s", p.Command, p.StopAsGroup, p.Autostart, p.Source); got != want[p.Name] {
			t.Errorf("%s: got %s, want %s", p.Name, got, want[p.Name])
		}
	}
	if !slices.Equal(c.Notes, []string{"Procfile:6: [program:release]: it is not started by itself: run it before a new version starts"}) {
		t.Error(c.Notes)
	}
	if c.Source != "Procfile" {
		t.Error(c.Source)
	}
}

func TestProcfileErrors(t *testing.T) {
	_, err := loadProcfile(t, "web: a\nweb: b\nno command here\n a b: c\nx:\n\xff: a\n: b\n[s]\n")
	wantErrors(t, err,
		`Procfile:2: there is a program "web" already, at Procfile:1`,
		"Procfile:5: x has no command",
		"Procfile:6: not UTF-8 text",
		"Procfile:7: the program has no name")
	_, err = loadProcfile(t, "web: run 'a\n")
	wantErrors(t, err, `Procfile:1: [program:web] command: no closing quotation mark ('); " ;" and " #" begin a comment even inside of quotes`)
	_, err = loadProcfile(t, "# nothing\n")
	wantErrors(t, err, "Procfile: no [program:NAME] section, so there is nothing to run")
}

// TestProcfilePassesOver: what is no "name: command" is passed over, as foreman and
// Heroku do it, with a word.
func TestProcfilePassesOver(t *testing.T) {
	c, err := loadProcfile(t, "---\n\nweb: python3 -m http.server 8000\nsome words: and more\n...\nworker: sleep 1000\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(c); got != "web worker" {
		t.Error(got)
	}
	const passed = ": this is not NAME: COMMAND, so it is passed over"
	if want := []string{"Procfile:1" + passed, "Procfile:4" + passed, "Procfile:5" + passed}; !slices.Equal(c.Warnings, want) {
		t.Errorf("%q", c.Warnings)
	}
}

// FuzzProcfile: a command that the shell is to read reaches it as it is.
func FuzzProcfile(f *testing.F) {
	f.Add("web: run $PORT\n# x\nrelease: a 'b' | c\n")
	f.Add("a:b\r\nc : d \"e\\\"f\" %(here)s %%\n")
	f.Fuzz(func(t *testing.T, data string) {
		file, _, errs := parseProcfile("Procfile", data)
		lines := strings.Count(data, "\n") + 1
		for _, err := range errs {
			if e, ok := err.(*Error); !ok || e.Line < 1 || e.Line > lines || e.Reason == "" {
				t.Fatal(err)
			}
		}
		for _, s := range file.Sections {
			k, ok := s.Key("command")
			if !ok {
				t.Fatalf("%+v has no command", s)
			}
			expanded, err := expand(k.Value, testScope().lookup)
			if err != nil {
				t.Fatalf("%q: %v", k.Value, err)
			}
			words, err := splitWords(&expanded)
			if _, shell := s.Key("stopasgroup"); shell && (err != nil || len(words) != 3 || !strings.Contains(data, words[2])) {
				t.Fatalf("%q: %q, %v", k.Value, words, err)
			}
		}
	})
}

func TestDotenv(t *testing.T) {
	in := "\ufeff# comment\n\nA=1\r\nexport B = two words # comment\nC=a#b\nD='x $Y %(z)s \\n'\nE=\"a\\tb\\\"\\\\ \\$X \\q\" # c\nF=\"line 1\nline 2\"\nG=\nexported=1\nA=again\nH=#none\nI='#'\nexport\tJ=j\n"
	list, errs := parseDotenv("f.env", in)
	want := []string{"A=again", "B=two words", "C=a#b", `D=x $Y %(z)s \n`, "E=a\tb\"\\ $X \\q", "F=line 1\nline 2", "G=", "exported=1", "H=", "I=#", "J=j"}
	if len(errs) > 0 || !slices.Equal(list, want) {
		t.Errorf("got  %q, %v\nwant %q", list, errs, want)
	}
	_, errs = parseDotenv("f.env", "word\n=1\nA B=1\nC='x' y\nD=\"x\xff\"\nE='open\n\n")
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
	}
	want = []string{
		"f.env:1: this is not KEY=VALUE", `f.env:2: what stands before "=" cannot be the name of a variable`, `f.env:3: what stands before "=" cannot be the name of a variable`,
		"f.env:4: text follows the closing quotation mark (')", "f.env:5: not UTF-8 text", "f.env:6: no closing quotation mark (')",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestEnvFiles: what is over what.
func TestEnvFiles(t *testing.T) {
	const files = `-- app.conf --
[supervisord]
environment = A=all,B=all,C=all
[program:web]
command = run %(ENV_A)s %(ENV_B)s %(ENV_C)s %(ENV_PORT)s
envFiles = env/one.env, env/%(program_name)s%(process_num)d.env
environment = C="own %(ENV_B)s",A=%(ENV_A)s
process_name = %(process_num)d
numprocs = 2
-- env/one.env --
B=one %(here)s
PORT=80
-- env/web0.env --
A=zero
-- env/web1.env --
B='it''s'
`
	c, _, err := loadFiles(t, strings.Replace(files, "'it''s'", "1", 1))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`["run" "zero" "one" "%(here)s" "own" "one" "%(here)s" "80"] ["A=zero" "B=one %(here)s" "C=own one %(here)s" "PORT=80"]`,
		`["run" "all" "1" "own" "1" "80"] ["A=all" "B=1" "C=own 1" "PORT=80"]`,
	} {
		if got := fmt.Sprintf("%q %q", c.Programs[i].Command, c.Programs[i].Environment); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	_, _, err = loadFiles(t, files)
	wantErrors(t, err, "env/web1.env:1: text follows the closing quotation mark (')")
	// One that may be missing is read where it is there.
	maybe := strings.Replace(strings.Replace(files, "'it''s'", "1", 1), "envFiles = ", "envFiles = ?none.env, ?", 1)
	if c, _, err = loadFiles(t, maybe); err != nil || !slices.Contains(c.Programs[0].Environment, "PORT=80") {
		t.Errorf("%v", err)
	}
	_, dir, err := loadFiles(t, strings.Replace(files, "env/web1.env", "env/other.env", 1))
	wantErrors(t, err, fmt.Sprintf("app.conf:5: [program:web] envfiles: cannot read %q: no such file or directory", filepath.Join(dir, "env/web1.env")))
	if !OnlyAbsent(err) {
		t.Error("the setup may bring it")
	}
}

// FuzzDotenv: a value in single quotes comes back, unless it has one itself.
func FuzzDotenv(f *testing.F) {
	f.Add("A=1\nexport B='x\ny' # c\n", "a\"b$c\\")
	f.Add("A= 'x' \n", "  \n \t")
	f.Fuzz(func(t *testing.T, data, val string) {
		list, errs := parseDotenv("f", data)
		lines := strings.Count(data, "\n") + 1
		for _, e := range errs {
			if e.Line < 1 || e.Line > lines {
				t.Fatal(e)
			}
		}
		for _, kv := range list {
			if strings.IndexByte(kv, '=') < 1 {
				t.Fatalf("%q", kv)
			}
		}
		if strings.ContainsAny(val, "'\r\x00") || strings.ToValidUTF8(val, "") != val {
			return
		}
		// A "\r" before a line end is the line end's.
		got, errs := parseDotenv("f", "A='"+val+"'\nB=1")
		if len(errs) > 0 || !slices.Equal(got, []string{"A=" + val, "B=1"}) {
			t.Fatalf("%q: %q, %v", val, got, errs)
		}
	})
}
