package profile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNginxArgs(t *testing.T) {
	for in, want := range map[string]string{
		"nginx":                             "nginx -g daemon off;",
		"nginx -g x;":                       "nginx -g x; daemon off;",
		"nginx -gx":                         "nginx -gx; daemon off;",
		"nginx -g|":                         "nginx -gdaemon off;",
		"nginx -g a; -q -g b; -e log":       "nginx -g a; -q -g b; daemon off; -e log",
		"nginx -qg x; -c /c":                "nginx -qg x; daemon off; -c /c",
		"nginx -p /p -c c":                  "nginx -p /p -c c -g daemon off;",
		"nginx -g":                          "nginx -g -g daemon off;", // nginx refuses both
		"nginx -g events{}":                 "nginx -g events{} daemon off;",
		"nginx -g env|\"daemon|on;\"; -c c": "nginx -g env|\"daemon|on;\"; daemon off; -c c",
	} {
		// "|" is a space inside of an argument.
		argv := strings.Split(in, " ")
		for i := range argv {
			argv[i] = strings.ReplaceAll(argv[i], "|", " ")
		}
		args := parseNginxArgs(argv[1:])
		got := strings.Join((&call{words: argv}).withDirective(args, "daemon off;"), " ")
		if !args.serves || got != strings.ReplaceAll(want, "|", " ") {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{"nginx -t", "nginx -qt", "nginx -s reload", "nginx -V", "nginx -T -c /c", "nginx -h"} {
		if args := parseNginxArgs(strings.Fields(in)[1:]); args.serves {
			t.Errorf("%s does not serve", in)
		}
	}
	if a := parseNginxArgs(strings.Fields(" -c/c -p /p -g x")); a.conf != "/c" || a.prefix != "/p" || a.directives != "x" {
		t.Errorf("%+v", a)
	}
}

func TestMainContext(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "one.inc"), "user a;\ninclude two.inc;\n")
	write(t, filepath.Join(dir, "two.inc"), "\n daemon on;")
	write(t, filepath.Join(dir, "loop.inc"), "include loop.inc; a;")
	for in, want := range map[string]string{
		"":                                 "",
		"a b;c  d;\n e;":                   "1:a b,1:c d,2:e",
		"\n# daemon on;\ndaemon off; # x":  "3:daemon off",
		"daemon#x off;":                    "1:daemon#x off",
		"daemon \"off\";":                  "1:daemon off",
		"'daemon' 'o\\ff';":                "1:daemon off",
		"http { daemon on; s { } } a;":     "1:a",
		"http { x '}' \"}\"; y a}b; } a;":  "1:a",
		"http { # }\n } a;":                "2:a",
		"a ${b}c;":                         "1:a ${b}c",
		"a $b{c;}d;":                       "1:d",
		"a \\;b;":                          "1:a ;b",
		"http { a;":                        "",
		"a 'b":                             "",
		"} a;":                             "1:a",
		"daemon\n\n off\n;\nb;":            "1:daemon off,5:b",
		"include one.inc; b;":              "1:user a,2:daemon on,1:b",
		"include " + dir + "/*two.inc; b;": "2:daemon on,1:b",
		"include none.inc; include [; b;":  "1:b",
		"http { include one.inc; } b;":     "1:b",
	} {
		var got []string
		mainContext(dir, "f", in, 0, func(d nginxDirective) {
			got = append(got, fmt.Sprintf("%d:%s", d.line, strings.Join(d.words, " ")))
		})
		if strings.Join(got, ",") != want {
			t.Errorf("%q: got %s, want %s", in, strings.Join(got, ","), want)
		}
	}
	n := 0
	mainContext(dir, "f", "include loop.inc;", 0, func(d nginxDirective) { n += len(d.words) % 2 })
	if n != nginxInclude {
		t.Errorf("a loop was followed %d times", n)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(name, 0o755); err != nil {
		t.Fatal(err)
	}
}
