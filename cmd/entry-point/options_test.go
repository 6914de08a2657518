package main

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/cmd/entry-point/help"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/setup"
)

func TestOptions(t *testing.T) {
	words := func(s string) []string { return strings.Fields(s) }
	plain := options{Policy: policy{setup.Changed}}
	with := func(change func(*options)) options { o := plain; change(&o); return o }
	debug := with(func(o *options) { o.Debug = true })
	tests := []struct {
		env, args string
		want      options
	}{
		{"", "", plain},
		// The tutorial's -d debug, and what people write instead.
		{"", "-d", debug},
		{"", "-d debug", debug},
		{"", "-ddebug", debug},
		{"", "--debug", debug},
		{"", "--debug debug", debug},
		{"", "--debug=debug", debug},
		{"", "-vd word", with(func(o *options) { o.Debug, o.Verbose, o.word = true, true, "word" })},
		{"", "-d word -v", with(func(o *options) { o.Debug, o.Verbose, o.word = true, true, "word" })},
		{"", "-d bash", with(func(o *options) { o.Debug, o.word = true, "bash" })},
		{"", "-dbash", with(func(o *options) { o.Debug, o.word = true, "bash" })},
		{"", "--debug=bash", with(func(o *options) { o.Debug, o.word = true, "bash" })},
		{"", "--debug bash", with(func(o *options) { o.Debug, o.word = true, "bash" })},
		{"", "-d -v", with(func(o *options) { o.Debug, o.Verbose = true, true })},
		{"", "-d -- flask run -d x", with(func(o *options) { o.Debug, o.Command = true, words("flask run -d x") })},
		{"", "-d word -- flask run", with(func(o *options) { o.Debug, o.word, o.Command = true, "word", words("flask run") })},
		// CMD: its options are its own.
		{"", "bash", with(func(o *options) { o.Command = words("bash") })},
		{"", "bash -c -d", with(func(o *options) { o.Command = words("bash -c -d") })},
		{"", "-- -weird -- x", with(func(o *options) { o.Command = words("-weird -- x") })},
		{"", "-v bash -v", with(func(o *options) { o.Verbose, o.Command = true, words("bash -v") })},
		{"", "-c file -d word", with(func(o *options) { o.Config, o.Debug, o.word = "file", true, "word" })},
		{"", "-cfile", with(func(o *options) { o.Config = "file" })},
		{"", "--stop-budget 30", with(func(o *options) { o.StopBudget = budget(30 * time.Second) })},
		{"", "--stop-budget=1m30s", with(func(o *options) { o.StopBudget = budget(90 * time.Second) })},
		{"", "--rewrite 15:3 -r HUP:0 -e 143 --remap-exit 1 -g -p TERM x", with(func(o *options) {
			o.Launch = launchOptions{
				Group: true, Rewrite: []rewrite{{15, 3}, {1, 0}}, RemapExit: []exitCode{143, 1}, Pdeathsig: 15,
			}
			o.Command = words("x")
		})},
		// The environment.
		{"ENTRYPOINT_DEBUG=1", "", debug},
		{"ENTRYPOINT_DEBUG=false", "", plain},
		{"ENTRYPOINT_REWRITE=15:3,SIGHUP:SIGTERM ENTRYPOINT_REMAP_EXIT=143,130", "x", with(func(o *options) {
			o.Launch = launchOptions{Rewrite: []rewrite{{15, 3}, {1, 15}}, RemapExit: []exitCode{143, 130}}
			o.Command = words("x")
		})},
		{"ENTRYPOINT_SETUP=off", "", with(func(o *options) { o.Policy.Policy = setup.Off })},
		{"ENTRYPOINT_SETUP=off", "--setup-policy always", with(func(o *options) { o.Policy.Policy = setup.Always })},
		{"ENTRYPOINT_DEBUG=1", "--production", with(func(o *options) { o.Production = true })},
		{"ENTRYPOINT_PRODUCTION=1", "-d", debug},
	}
	for _, tt := range tests {
		t.Run(tt.env+" "+tt.args, func(t *testing.T) {
			for _, entry := range words(tt.env) {
				key, value, _ := strings.Cut(entry, "=")
				t.Setenv(key, value)
			}
			got, err := parseOptions(words(tt.args))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", *got, tt.want)
			}
		})
	}
}

// TestPlain: the way around the parser ends where the parser would.
func TestPlain(t *testing.T) {
	for args, isPlain := range map[string]bool{
		"": true, "bash -c -d": true, "-d": true, "-d debug": true, "-d -- flask run -x": true, "-d -- -odd": true, "-d --": true,
		"-d bash": true, "-d word other": false, "-d -v": false, "-ddebug": false, "-v": false, "-- bash": false, "-d word -- x": false,
		"-c file": true, "-c file bash -c -d": true, "-c file -d": true, "-c file -d -- x": true, "-c": false, "-c -d": false, "-c - -d": false,
		"-cfile": false, "-d -c file": false, "-c file -c other": false, "-c file -- x": false,
	} {
		short := plain(strings.Fields(args), nil)
		if (short != nil) != isPlain {
			t.Errorf("%q: plain %v", args, short != nil)
		}
		if long, err := parseFlags(strings.Fields(args)); short != nil && (err != nil || !reflect.DeepEqual(short, long)) {
			t.Errorf("%q: plain %+v\nparsed %+v, %v", args, short, long, err)
		}
	}
	if plain(nil, []string{"ENTRYPOINT_CPUS=2", "ENTRYPOINT_SOCKET=/run/x"}) == nil {
		t.Error("variables of ours that are no options need no parser")
	}
	var names []string
	for _, group := range newParser(&options{}).Groups() {
		for _, inner := range append(group.Groups(), group) {
			for _, opt := range inner.Options() {
				if opt.EnvDefaultKey != "" && !slices.Contains(names, opt.EnvDefaultKey) {
					names = append(names, opt.EnvDefaultKey)
				}
			}
		}
	}
	for _, name := range names {
		if plain(nil, []string{name + "=1"}) != nil {
			t.Errorf("%s is an option, and plain does not know it", name)
		}
	}
	if len(names) != len(optionVariables) {
		t.Errorf("the options have %d variables, and optionVariables %d", len(names), len(optionVariables))
	}
}

func TestWrongOptions(t *testing.T) {
	tests := []struct{ env, args, want string }{
		{"", "-x", "unknown option -x"},
		{"", "--nonsense", "unknown option --nonsense"},
		{"", "--prodution", "unknown option --prodution (did you mean --production?)"},
		{"", "--rewrit 15:3", "unknown option --rewrit (did you mean --rewrite?)"},
		{"", "-t bash", `unexpected argument "bash": -t checks, and launches nothing`},
		{"", "--setup -- bash -x", `unexpected argument "bash": --setup installs, and launches nothing`},
		{"", "-c", "option --config wants a value"},
		{"", "-c -d", "option --config wants a value"},
		{"", "--verbose=3", "option --verbose takes no value"},
		{"", "-d word other", `unexpected argument "other": write -d -- CMD ARG...`},
		{"", "-d --production", "-d and --production exclude each other"},
		{"", "-r 15 x", `option --rewrite or ENTRYPOINT_REWRITE: "15" is not FROM:TO`},
		{"", "-r TREM:3 x", "TREM"},
		{"", "-e 256 x", `"256" is not an exit code from 0 to 255`},
		{"", "-p 99 x", "99"},
		{"", "--stop-budget=-1", `"-1" is not a time such as 9s`},
		{"", "--stop-budget soon", `"soon" is not a time such as 9s`},
		{"", "--setup-policy never", "never"},
		{"ENTRYPOINT_DEBUG=maybe", "", `option --debug or ENTRYPOINT_DEBUG: "maybe" is not true or false`},
		{"ENTRYPOINT_DEBUG=1 ENTRYPOINT_PRODUCTION=1", "", "exclude each other"},
	}
	for _, tt := range tests {
		t.Run(tt.env+" "+tt.args, func(t *testing.T) {
			for _, entry := range strings.Fields(tt.env) {
				key, value, _ := strings.Cut(entry, "=")
				t.Setenv(key, value)
			}
			o, err := parseOptions(strings.Fields(tt.args))
			if err == nil {
				t.Fatalf("accepted: %+v", o)
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("%q, want one line with %q", got, tt.want)
			}
		})
	}
}

// TestHelpNamesEverything: every option and its variable stand in the help, in
// lines that a terminal shows whole.
func TestHelpNamesEverything(t *testing.T) {
	var b strings.Builder
	if err := writeHelp(&b, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"-d, --debug", "ENTRYPOINT_DEBUG", "--production", "-c, --config FILE", "-t, --check", "--setup ",
		"ENTRYPOINT_SETUP", "--rewrite FROM:TO", "--remap-exit CODE", "--pdeathsig SIG", "--group", "ENTRYPOINT_STOP_BUDGET", "-V, --version", "-h, --help",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("help lacks %q", want)
		}
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > help.Width+5 {
			t.Errorf("line of %d characters: %s", len(line), line)
		}
	}
}

// TestInternalError: a bug of ours ends in exit code 70, after the children.
func TestInternalError(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a := &app{
		err: logs.New(int(write.Fd()), "entry-point: "), options: &options{}, table: process.Open(),
	}
	code := a.guard(func() int {
		pid, err := a.table.Start(&process.Spec{Argv: []string{"sleep", "600"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if syscall.Kill(pid, 0) != nil {
				t.Error("the child was not there")
			}
		}()
		var nothing *options
		_ = nothing.Help // the bug
		return 0
	})
	a.err.Flush(time.Second)
	write.Close()
	out := make([]byte, 1<<16)
	n, _ := read.Read(out)
	if code != codeInternal || !strings.Contains(string(out[:n]), "entry-point: internal error: runtime error: invalid memory address") {
		t.Errorf("code %d, log %s", code, out[:n])
	}
}
