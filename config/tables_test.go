package config

import (
	"cmp"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entrypoint/config/vocabulary"
)

// surroundings are what the examples name.
const surroundings = "\n[program:db]\ncommand=a\n[program:migrate]\ncommand=a\n[program:cache]\ncommand=a\n[program:nginx]\ncommand=a\n[program:worker]\ncommand=a\n"

// inSection is a file with lines in a section of some kind, and what that needs.
func inSection(kind, lines string) string {
	base := map[string]string{
		"program":       "[program:web]\ncommand=a\n",
		"fcgi-program":  "[fcgi-program:web]\ncommand=a\nsocket=tcp://127.0.0.1:9\n",
		"eventlistener": "[eventlistener:web]\ncommand=a\nevents=EVENT\n",
		"group":         "[program:web]\ncommand=a\n[group:site]\nprograms=web\n",
		"include":       "[include]\nfiles=a.conf\n", "unix_http_server": "[unix_http_server]\nfile=/tmp/s\n",
		"inet_http_server": "[inet_http_server]\nport=127.0.0.1:9\nusername=a\npassword=b\n",
	}[kind]
	if base == "" {
		base = "[" + kind + "]\n"
	}
	for line := range strings.Lines(lines) { // said by the lines: not twice
		key, _, _ := strings.Cut(line, " =")
		if i := strings.LastIndex(base, "\n"+key+"="); i >= 0 {
			end := i + 1 + strings.IndexByte(base[i+1:], '\n')
			base = base[:i] + base[end:]
		}
	}
	return base + lines + "\n" + surroundings
}

// keyTables are the tables of keys, less the words that have no effect.
func keyTables(each func(kind string, w *vocabulary.Word)) {
	for _, t := range Vocabulary() {
		if slices.Contains([]string{"variables", "events", "profiles", "signals"}, t.Name) {
			continue
		}
		t.Each(func(w *vocabulary.Word) {
			if w.Unsupported {
				return
			}
			kind := t.Name
			if w.Sections != nil {
				kind = w.Sections[0]
			}
			each(kind, w)
		})
	}
}

// TestWords: each word of each table explains itself, once, and in sentences.
func TestWords(t *testing.T) {
	for _, table := range Vocabulary() {
		seen := map[string]bool{}
		table.Each(func(w *vocabulary.Word) {
			name := table.Name + " " + w.Name
			if seen[w.Name] && table.Name != "variables" {
				t.Errorf("%s stands there twice", name)
			}
			seen[w.Name] = true
			switch {
			case w.Help == "", !strings.HasSuffix(w.Help, "."), strings.Contains(w.Help, "  "):
				t.Errorf("%s: the help is no sentence: %q", name, w.Help)
			case strings.Count(w.Help, "`")%2 != 0:
				t.Errorf("%s: a backquote is missing: %q", name, w.Help)
			case w.Type == vocabulary.Choice && len(w.Values) < 2:
				t.Errorf("%s: there is no choice", name)
			case w.Default != "" && w.Unset != "":
				t.Errorf("%s has two defaults", name)
			}
		})
	}
	keyTables(func(kind string, w *vocabulary.Word) {
		if w.Type == vocabulary.Unsaid || !strings.Contains(w.Example, w.Name+" = ") && !strings.Contains(strings.ToLower(w.Example), w.Name+" = ") {
			t.Errorf("[%s] %s needs a type, and an example of its own", kind, w.Name)
		}
	})
}

// TestExamples: each example of a key is a configuration without an error or a warning.
func TestExamples(t *testing.T) {
	keyTables(func(kind string, w *vocabulary.Word) {
		t.Run(kind+" "+w.Name, func(t *testing.T) {
			if os.Geteuid() != 0 && (w.Name == "user" || w.Name == "chown" || w.Name == "socket_owner" || w.Name == "gateway_user") {
				missing(t, "root, to become someone else")
			}
			c, _, err := loadText(t, inSection(kind, w.Example))
			if err != nil {
				t.Fatalf("%s\n%v", w.Example, err)
			}
			if len(c.Warnings) > 0 && kind != "include" { // whose files are not here
				t.Errorf("%s\n%s", w.Example, strings.Join(c.Warnings, "\n"))
			}
		})
	})
}

// TestDefaults: what a table calls a default is what holds where a key is not there.
func TestDefaults(t *testing.T) {
	keyTables(func(kind string, w *vocabulary.Word) {
		if w.Default == "" {
			return
		}
		t.Run(kind+" "+w.Name, func(t *testing.T) {
			rest := "" // what the key makes no sense without
			for line := range strings.Lines(w.Example) {
				if !strings.HasPrefix(line, w.Name+" =") && !strings.HasPrefix(line, "ready_failure") {
					rest += strings.TrimRight(line, "\n") + "\n"
				}
			}
			without := mustLoad(t, inSection(kind, strings.TrimRight(rest, "\n")))
			with := mustLoad(t, inSection(kind, rest+w.Name+" = "+w.Default))
			a, b := without.Container, with.Container
			// Whoever uses these has their default.
			a.LogBuffer, b.LogBuffer = cmp.Or(a.LogBuffer, DefaultLogBuffer), cmp.Or(b.LogBuffer, DefaultLogBuffer)
			a.WaitTimeout, b.WaitTimeout = cmp.Or(a.WaitTimeout, time.Minute), cmp.Or(b.WaitTimeout, time.Minute)
			for _, s := range []*Sizing{&a.Prelude.Sizing, &b.Prelude.Sizing} {
				s.WorkersPerCPU, s.WorkerMemory = cmp.Or(s.WorkersPerCPU, DefaultWorkersPerCPU), cmp.Or(s.WorkerMemory, DefaultWorkerMemory)
				s.MaxWorkers = cmp.Or(s.MaxWorkers, DefaultMaxWorkers)
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s is not the default of the container: %+v and %+v", w.Default, a, b)
			}
			for i, p := range without.Programs {
				q := with.Programs[i]
				for _, one := range []*Program{p, q} {
					one.Once.Timeout, one.Watch.Pattern = cmp.Or(one.Once.Timeout, time.Minute), cmp.Or(one.Watch.Pattern, "*")
				}
				if !p.Same(q) {
					t.Errorf("%s is not the default: %+v and %+v", w.Default, p, q)
				}
			}
		})
	})
}

// wrong is, for each type, what no key of it takes.
var wrong = map[vocabulary.Type]string{
	vocabulary.Boolean: "maybe", vocabulary.Integer: "many", vocabulary.Octal: "9", vocabulary.Seconds: "soon", vocabulary.Duration: "soon",
	vocabulary.Size: "big", vocabulary.Signal: "LOUD", vocabulary.Choice: "another",
}

// TestTypes: what a table says of the values of a key is what the key takes.
func TestTypes(t *testing.T) {
	keyTables(func(kind string, w *vocabulary.Word) {
		bad, ok := wrong[w.Type]
		if !ok {
			return
		}
		t.Run(kind+" "+w.Name, func(t *testing.T) {
			rest := ""
			for line := range strings.Lines(w.Example) {
				if !strings.HasPrefix(line, w.Name+" =") {
					rest += strings.TrimRight(line, "\n") + "\n"
				}
			}
			if _, _, err := loadText(t, inSection(kind, rest+w.Name+" = "+bad)); err == nil {
				t.Errorf("it takes %q, and is no %s", bad, w.Type)
			}
			for _, value := range w.Values {
				_, _, err := loadText(t, inSection(kind, rest+w.Name+" = "+value))
				if err != nil && !strings.Contains(err.Error(), "oneshot") {
					t.Errorf("it does not take %q: %v", value, err)
				}
			}
		})
	})
}

// TestFindKey: every key of the tables is found by its name.
func TestFindKey(t *testing.T) {
	count := 0
	for i := range programKeys {
		for j := range programKeys[i].keys {
			count++
			if key := &programKeys[i].keys[j]; findKey(key.Name) != key {
				t.Errorf("%s is not found", key.Name)
			}
		}
	}
	if count < 80 || findKey("commnd") != nil {
		t.Errorf("%d keys", count)
	}
}

// TestNothingAtStart: the tables are laid down by the linker. What these packages would
// compute in variables is computed at the start of every container.
func TestNothingAtStart(t *testing.T) {
	packages := []string{"entrypoint/config", "entrypoint/config/profile", "entrypoint/config/vocabulary", "entrypoint/cmd/entry-point/help"}
	list := exec.Command("go", append([]string{"list", "-export", "-f", "{{.Export}}"}, packages...)...)
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) != len(packages) {
		t.Fatalf("go list printed %q", out)
	}
	for i, file := range files {
		symbols, err := exec.Command("go", "tool", "nm", "-size", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(symbols), " T "+packages[i]+".") {
			t.Errorf("%s has no functions", packages[i])
		}
		for line := range strings.Lines(string(symbols)) {
			// One instruction is the return of an empty function.
			name, size := strings.TrimSpace(line), 0
			if f := strings.Fields(line); len(f) == 4 {
				name = f[3]
				size, _ = strconv.Atoi(f[1])
			}
			if name == packages[i]+".init" && size > 4 {
				t.Errorf("%s has something to do at the start", packages[i])
			}
		}
	}
}
