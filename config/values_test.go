package config

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

func testScope() *scope {
	return &scope{
		env: testEnv(), own: []string{"OWN=1", "HOME=/home"}, here: "/etc/app", program: "web", group: "site",
		perProcess: true, processNum: 3, numProcs: 12,
	}
}

func TestExpand(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"":                                      "",
		"plain":                                 "plain",
		"100%%":                                 "100%",
		"%%(here)s":                             "%(here)s",
		"%(here)s/bin":                          "/etc/app/bin",
		"%(program_name)s.%(group_name)s":       "web.site",
		"%(host_node_name)s":                    host,
		"%(ENV_PORT)s":                          "8000",
		"%(ENV_OWN)s":                           "1",
		"%(ENV_HOME)s":                          "/home", // the program's own wins
		"%(ENV_EMPTY)s":                         "",
		"%(ENV_EMPTY:-x)s":                      "x",
		"%(ENV_NOPE:-a b)s":                     "a b",
		"%(ENV_NOPE:-)s":                        "",
		"%(ENV_NOPE:-f(x))s":                    "f(x)",
		"%(ENV_PORT:-80)s":                      "8000",
		"%(ENV_PERCENT)s":                       "50%", // and not an error
		"%(ENV_PERCENT)s(here)s":                "50%(here)s",
		"%(process_num)d":                       "3",
		"%(process_num)s":                       "3",
		"%(process_num)02d":                     "03",
		"%(process_num)-4d|":                    "3   |",
		"%(process_num)+d %(process_num) d":     "+3  3",
		"%(process_num)4i":                      "   3",
		"%(process_num).3d":                     "003",
		"%(numprocs)x %(numprocs)X":             "c C",
		"%(numprocs)#x %(numprocs)o":            "0xc 14",
		"%(ENV_PORT)6s|%(ENV_PORT)-6s|":         "  8000|8000  |",
		"%(ENV_PORT).2s|%(ENV_PORT)06s":         "80|  8000",
		"%(process_num)4s":                      "   3",
		"%(process_num)c":                       "\x03",
		"%(process_num).1f %(numprocs)e":        "3.0 1.200000e+01",
		"%(numprocs)g %(numprocs)5g":            "12    12",
		"日本 %(ENV_PORT)s":                       "日本 8000",
		"%(ENV_NOPE:-100%)s and %(ENV_PORT)s%%": "100% and 8000%",
	} {
		got, err := expand(in, testScope().lookup)
		if err != nil || got.s != want {
			t.Errorf("%s: got %q, %v, want %q", in, got.s, err, want)
		}
	}
	for in, want := range map[string]string{
		"%":                   `"%" must be written "%%", or begin %(name)s`,
		"50% off":             `"%" must be written "%%", or begin %(name)s`,
		"%s":                  `"%" must be written "%%", or begin %(name)s`,
		"%(here":              `"%(" has no ")"`,
		"%(here)":             "%(here) needs a letter after it: %(here)s",
		"%(here)04":           "%(here) needs a letter after it: %(here)s",
		"%(here) and":         `%(here)"a": the letter must be s or d`,
		"%(here)y":            `%(here)"y": the letter must be s or d`,
		"%(here)d":            "%(here)d wants a number, but the value is text; write %(here)s",
		"%(ENV_PORT)d":        "%(ENV_PORT)d wants a number, but the value is text; write %(ENV_PORT)s",
		"%(process_num)9999d": "the width in %(process_num) is over 1024",
		"%(ENV_NOPE)s":        "the environment has no NOPE; %(ENV_NOPE:-value)s would give it a default",
		"%(ENV_)s":            "the environment has no ; %(ENV_:-value)s would give it a default",
		"%()s":                "unknown name in %()s (known here: ENV_..., here, host_node_name, cpus, memory_mb, program_name, group_name, process_num, numprocs)",
	} {
		if got, err := expand(in, testScope().lookup); err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v\nwant %s", in, got.s, err, want)
		}
	}
}

// both expands and then parses, as a key does.
func both[T any](t *testing.T, in string, parse func(*text) (T, error)) (T, error) {
	t.Helper()
	expanded, err := expand(in, testScope().lookup)
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return parse(&expanded)
}

func TestSplitWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    "",
		" \t\n":                               "",
		"a b":                                 "a|b",
		"a\n  b\tc":                           "a|b|c",
		`a "b c" 'd e'`:                       "a|b c|d e",
		`a""b''c`:                             "abc",
		`"" ''`:                               "|",
		`a\ b \"c\" \\`:                       `a b|"c"|\`,
		`"a\"b\\c\d"`:                         `a"b\c\d`,
		`'a\b"c'`:                             `a\b"c`,
		`a#b;c #d`:                            "a#b;c|#d",
		`echo $HOME ~ *`:                      "echo|$HOME|~|*",
		`run %(ENV_SPACE)s`:                   "run|a|b",
		`run "%(ENV_SPACE)s" '%(ENV_SPACE)s'`: "run|a b|a b",
		`run %(ENV_QUOTE)s end`:               "run|it's|end",
		`run "%(ENV_QUOTE)s" '%(ENV_QUOTE)s'`: "run|it's|it's",
		`run x%(ENV_EMPTY)s %(ENV_EMPTY)s "%(ENV_EMPTY)s"`: "run|x|",
		`--port=%(ENV_PORT)s`:                              "--port=8000",
		`%(ENV_NOPE:-a b)s`:                                "a|b",
	} {
		got, err := both(t, in, splitWords)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: got %q, %v, want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`a "b`: `no closing quotation mark ("); " ;" and " #" begin a comment even inside of quotes`,
		`a 'b`: `no closing quotation mark ('); " ;" and " #" begin a comment even inside of quotes`,
		`a \`:  `nothing follows the "\" at the end`,
	} {
		if got, err := both(t, in, splitWords); err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseEnvironment(t *testing.T) {
	for in, want := range map[string]string{
		// What supervisord reads, it reads the same way.
		"":                "",
		"A=1,B=2":         "A=1|B=2",
		`A="a b,c",B='x'`: "A=a b,c|B=x",
		"A = 1 , B = 2":   "A=1|B=2",
		"A=1,\nB=2,\n":    "A=1|B=2",
		`A=""`:            "A=",
		"a.b-c/d=1":       "a.b-c/d=1",
		"A=1,A=2":         "A=2",
		`A="x\"y\\z\n"`:   `A=x"y\z\n`,
		`A='x\y'`:         `A=x\y`,
		`A=a"b c"d`:       "A=ab cd",
		`A=a\,b`:          "A=a,b",
		"A=1;B=2":         "A=1|B=2",
		`A="1";B=2`:       "A=1|B=2",
		// What it cuts short or refuses.
		"A=$HOME,B=~/x":               "A=$HOME|B=~/x",
		"A=日本":                        "A=日本",
		"A=a@b,B=a*b,C=a=b":           "A=a@b|B=a*b|C=a=b",
		"A=http://h:80/y?z=1;w=2,B=2": "A=http://h:80/y?z=1;w=2|B=2",
		"A=x#y,B=2":                   "A=x#y|B=2",
		"A=,B=2":                      "A=|B=2",
		"A=":                          "A=",
		"A=1\nB=2":                    "A=1|B=2",
		"A=1 B=2":                     "A=1|B=2",
		// What comes from an expansion is never read again.
		"A=%(ENV_COMMA)s,B=%(ENV_QUOTE)s":   "A=a,b|B=it's",
		"A=%(ENV_SPACE)s,B=%(ENV_SEMI)s":    "A=a b|B=a ;b",
		`A="%(ENV_QUOTE)s x",B=1`:           "A=it's x|B=1",
		"A=%(ENV_EMPTY)s,B=%(ENV_PERCENT)s": "A=|B=50%",
	} {
		got, err := both(t, in, parseEnvironment)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: got %q, %v, want %s", in, got, err, want)
		}
	}
	const form = `; a value with spaces needs quotes, and pairs have the form KEY="value"`
	for in, want := range map[string]string{
		"A":                 `"=" is missing after "A"` + form,
		"A=hello world":     `"=" is missing after "world"` + form,
		"A_KEY=hello world": `"=" is missing after "***"` + form,
		"A_KEY=1,=hello":    `a name is missing before "***"`,
		"A=1,,B=2":          "two commas after A",
		",A=1":              `a name is missing before ",A=1"`,
		"=1":                `a name is missing before "=1"`,
		`"A"=1`:             `a name is missing before "\"A\"=1"`,
		`A="x`:              `no closing quotation mark (") after A=; " ;" and " #" begin a comment even inside of quotes`,
		`A=x\`:              `nothing follows the "\" at the end of A`,
		"%(ENV_COMMA)s":     `"=" is missing after "a,b"` + form,
	} {
		if got, err := both(t, in, parseEnvironment); err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v\nwant %s", in, got, err, want)
		}
	}
}

func TestParseSignal(t *testing.T) {
	for in, want := range map[string]syscall.Signal{
		"TERM": 15, "sigterm": 15, " SigTerm ": 15, "15": 15, "1": 1, "HUP": 1, "QUIT": 3, "WINCH": 28,
		"CLD": 17, "CHLD": 17, "POLL": 29, "IO": 29, "IOT": 6, "PWR": 30,
		"RTMIN": 34, "SIGRTMIN+3": 37, "rtmax": 64, "RTMAX-1": 63, "RTMIN+30": 64, "37": 37, "64": 64, "33": 33,
	} {
		if got, err := ParseSignal(in); got != want || err != nil {
			t.Errorf("%q: got %d, %v, want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"TREM":       `unknown signal "TREM" (did you mean TERM?)`,
		"sigusr3":    `unknown signal "sigusr3" (did you mean USR1?)`,
		"SIGNOTHING": `unknown signal "SIGNOTHING"`,
		"":           `unknown signal ""`,
		"0":          "no signal has the number 0 (1 to 64)",
		"65":         "no signal has the number 65 (1 to 64)",
		"-1":         "no signal has the number -1 (1 to 64)",
		"RTMIN+31":   `unknown signal "RTMIN+31"`,
		"RTMAX+1":    `unknown signal "RTMAX+1"`,
		"RTMIN3":     `unknown signal "RTMIN3"`,
		"RTMIN+":     `unknown signal "RTMIN+"`,
	} {
		if got, err := ParseSignal(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %d, %v, want %s", in, got, err, want)
		}
	}
}
