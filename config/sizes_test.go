package config

import (
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"entrypoint/config/ini"
)

// megabyte is unit, again and again, up to about 1 MB; "N" in it is a number. The
// seeds alone have an eighth of it, unless nothing may be left out.
func megabyte(unit string) string {
	size := 1 << 20
	if !fuzzing() && os.Getenv("CI") != "true" {
		size /= 8
	}
	var out strings.Builder
	for i := 0; out.Len() < size; i++ {
		out.WriteString(strings.ReplaceAll(unit, "N", strconv.Itoa(i)))
		out.WriteByte(' ') // an empty unit comes to an end, too
	}
	return out.String()
}

// longPlaces are the places where "LONG" may be long.
var longPlaces = [...]string{
	"LONG",
	"[program:web]\ncommand=LONG",
	"[program:web]\ncommand=a\nenvironment=LONG",
	"[program:web]\ncommand=a\nstdout_logfile=LONG",
	"[program:web]\ncommand=a\nstopsignal=LONG",
	"[program:web]\ncommand=a\ndepends_on=LONG",
	"[program:web]\ncommand=a\ncapabilities=LONG",
	"[eventlistener:web]\ncommand=a\nevents=LONG",
	"[entrypoint]\nsignal_map=LONG\n[program:web]\ncommand=a",
	"[group:g]\nprograms=LONG\n[program:web]\ncommand=a",
}

// FuzzMegabyte: what is long takes long in proportion, not in its square; that
// would be minutes here.
func FuzzMegabyte(f *testing.F) {
	for place, units := range [len(longPlaces)][]string{
		0: {"", "a", "%", "\n[program:pN]\ncommand=a\n", "\n[DEFAULT]\nk=1\n[program:pN]\ncommand=a", "\n[group:gN]\nprograms=pN,\n", "\nAN='x\ny'"},
		1: {"(", "%(", "%(ENV_PORT)s%%", `"a,'b' "`, `\`, "$", "$A$", "\n a", "\n 'a ;", "\nkN=1"},
		2: {"AN=1,", "AN=%(ENV_PORT)s,", "\n aN=1;", "%(ENV_PERCENT)s"},
		3: {"%%%%", "%(ENV_PORT)s", "%(ENV_PERCENT)s%%%%,", "/dev/stdout,", "/tmp/N,", "*"},
		4: {"TERM", "RTMIN+1:3,"},
		5: {"web,", "pN,", "%(ENV_PORT)s,"},
		6: {"NET_ADMIN,"},
		7: {"TICK_5,"},
		8: {"HUP=web:HUP,", "N=stop,"},
		9: {",", "web,", "pN,"},
	} {
		for _, unit := range units {
			f.Add(unit, uint8(place))
		}
	}
	f.Fuzz(func(t *testing.T, unit string, place uint8) {
		if strings.Contains(unit, "DEFAULT") && strings.Count(unit, "N") > 2 {
			return // each section has each default: the result itself is a square
		}
		long := megabyte(unit)
		l, err := newLoader(&Options{Dir: "/", Env: testEnv()})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(longPlaces[int(place)%len(longPlaces)], "LONG", long, 1)
		if _, err := l.load("app.conf", []byte(text)); err != nil && err.Error() == "" {
			t.Fatal("an error that says nothing")
		}
		if int(place)%len(longPlaces) == 0 {
			_, _ = parseDotenv("f", long)
			_, _, _ = parseProcfile("f", long)
		}
	})
}

// FuzzInclude: an included file is as good as its text at the end of the first.
func FuzzInclude(f *testing.F) {
	f.Add("[program:a]\ncommand=%(here)s/a\n[program:b]\npriority=1", "[program:b]\ncommand=b\n[supervisord]\nenvironment=A=1")
	f.Add("[DEFAULT]\nstartsecs=3\n[group:g]\nprograms=a", "[program:a]\ncommand=a\n[DEFAULT]\nstartsecs=4\numask=2")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, first, second string) {
		_, notINI := ini.Read("second.inc", []byte(second))
		if strings.Contains(first+second, "include") || !strings.HasPrefix(second, "[") || notINI != nil {
			return
		}
		load := func(name, text string) (*Config, error) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			return Load(&Options{File: name, Dir: dir, Env: testEnv()})
		}
		one, err := load("one.conf", first+"\n"+second)
		if err != nil {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, "second.inc"), []byte(second), 0o644); err != nil {
			t.Fatal(err)
		}
		two, err := load("first.conf", first+"\n[include]\nfiles=*.inc")
		if err != nil {
			t.Fatalf("%q and %q: %v", first, second, err)
		}
		if len(one.Programs) != len(two.Programs) || fmt.Sprint(one.Container) != fmt.Sprint(two.Container) {
			t.Fatalf("%q and %q: %+v\n%+v", first, second, one, two)
		}
		for i := range one.Programs {
			if !one.Programs[i].Same(two.Programs[i]) {
				t.Fatalf("%q and %q: %+v\n%+v", first, second, one.Programs[i], two.Programs[i])
			}
		}
	})
}

// FuzzGlob: without brackets and backslashes, a pattern is one of package path;
// what is escaped matches itself.
func FuzzGlob(f *testing.F) {
	f.Add("*.conf", "a.conf")
	f.Add("a?b*[!c-e]]", "日本")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if !match(globEscape(name), name) || !match("*", name) || match(globEscape(name)+"?", name) {
			t.Fatalf("%q does not match itself", name)
		}
		got := match(pattern, name)
		if strings.ContainsAny(pattern, `[\/`) || strings.Contains(name, "/") || !utf8.ValidString(pattern+name) {
			return
		}
		if want, err := path.Match(pattern, name); err == nil && got != want {
			t.Fatalf("%q and %q: got %t", pattern, name, got)
		}
	})
}

// FuzzBytes: a size is what its number and unit say, or an error.
func FuzzBytes(f *testing.F) {
	for _, s := range []string{"0", "50MB", " 1 gb ", "-1", "9223372036854775807", "9007199254740992GB", "1.5MB", "0x1kb", "1_0KB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseBytes(s)
		if err != nil {
			return
		}
		unit := float64(1)
		for i, suffix := range []string{"kb", "mb", "gb"} {
			if number, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(s)), suffix); ok {
				s, unit = number, math.Pow(1024, float64(i+1))
			}
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || float64(n) != number*unit {
			t.Fatalf("%q is %d, %v", s, n, err)
		}
	})
}
