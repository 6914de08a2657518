package ctl

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entrypoint/supervisor/skip"
)

// completions is what each shell has to offer behind a line.
var completions = []struct {
	line string
	want []string // all of them
	some []string // among others
	not  []string
}{
	{line: "entry-point c", some: []string{"ctl"}, not: []string{"help"}},
	{line: "entry-point h", some: []string{"help"}},
	{line: "entry-point --s", want: []string{"--setup-policy", "--stop-budget"}},
	{line: "entry-point --setup-policy ", want: []string{"first", "off", "offline"}},
	{line: "entry-point --setup-policy off", want: []string{"off", "offline"}},
	{line: "entry-point --stop-budget ", not: []string{"ctl", "help", "probes"}},
	{line: "entry-point -p US", want: []string{"USR1", "USR2"}},
	{line: "entry-point -d debug --co", want: []string{"--config"}},
	{line: "entry-point -d -- --co", not: []string{"--config"}},
	{line: "entry-point --setup-policy off --co", want: []string{"--config"}},
	{line: "entry-point cat --co", not: []string{"--config"}},
	{line: "entry-point help stop", want: []string{"stopsignal", "stopwaitsecs"}},
	{line: "entry-point help probes ENTRY", want: []string{"ENTRYPOINT_DRAIN"}},
	{line: "entry-point -h pro", want: []string{"probes"}},
	{line: "entry-point ctl st", want: []string{"start", "status", "stop"}},
	{line: "entry-point ctl -s @SOCKET@ st", want: []string{"start", "status", "stop"}},
	{line: "entry-point ctl start ", want: []string{"all", "b:b_00", "b:b_01", "bad", "cat", "old", "web"}},
	{line: "entry-point ctl logs -f c", want: []string{"cat"}},
	{line: "entry-point ctl --lines 5 tail cat we", want: []string{"web"}},
	{line: "entry-point ctl signal H", want: []string{"HUP"}},
	{line: "entry-point ctl signal HUP ca", want: []string{"cat"}},
	{line: "entry-point ctl completion ", want: []string{"bash", "fish", "zsh"}},
	{line: "entry-point ctl logs --stream ", want: []string{"stderr", "stdout"}},
	{line: "entry-point ctl logs --fo", want: []string{"--follow"}},
	{line: "entry-point ctl events --", some: []string{"--follow", "--json", "--socket"}, not: []string{"--lines", "--no-wait"}},
	{line: "entry-point ctl --l", want: []string{"--lines"}},
	{line: "entry-point ctl help rel", want: []string{"reload"}},
	{line: "entry-point ctl health ", not: []string{"cat", "status"}},
}

// needShell skips a test where a shell is not installed, but not where nothing may
// be skipped.
func needShell(t *testing.T, shell string) {
	t.Helper()
	_, err := exec.LookPath(shell)
	skip.Unless(t, err == nil, shell)
}

// completed runs offer, which asks a shell what it offers behind a line.
func completed(t *testing.T, shell string, offer func(t *testing.T, script, line string) []string) {
	needShell(t, shell)
	socket := served(t, &world{})
	dir := program(t)
	t.Setenv("ENTRYPOINT_SOCKET", socket)
	script := filepath.Join(dir, "_entry-point")
	text, err := exec.Command("entry-point", "ctl", "completion", shell).Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "@") && strings.Contains(string(text), "S@") {
		t.Errorf("something is not filled in:\n%s", text)
	}
	if err := os.WriteFile(script, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range completions {
		line := strings.ReplaceAll(test.line, "@SOCKET@", socket)
		got := offer(t, script, line)
		slices.Sort(got)
		if test.want != nil && !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
		for _, word := range test.some {
			if !slices.Contains(got, word) {
				t.Errorf("%q: %q, want %q among them", test.line, got, word)
			}
		}
		for _, word := range test.not {
			if slices.Contains(got, word) {
				t.Errorf("%q: offers %q", test.line, word)
			}
		}
	}
}

func output(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	cmd.Dir = t.TempDir()                       // no files to be offered
	cmd.Env = append(cmd.Environ(), "LC_ALL=C") // a shell complains of a locale that is not installed
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return strings.Fields(string(out))
}

func TestCompletionBash(t *testing.T) {
	completed(t, "bash", func(t *testing.T, script, line string) []string {
		return output(t, exec.Command("bash", "--norc", "-uc", `. "$1"
			COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
			_entry_point
			printf '%s\n' "${COMPREPLY[@]}"`, "bash", script, line))
	})
}

// TestCompletionBashColon: readline cuts words at colons and replaces only what
// is behind the last one.
func TestCompletionBashColon(t *testing.T) {
	socket := served(t, &world{})
	program(t)
	t.Setenv("ENTRYPOINT_SOCKET", socket)
	got := output(t, exec.Command("bash", "--norc", "-c", `. <(entry-point ctl completion bash)
		COMP_WORDBREAKS=$' \t\n:='
		COMP_LINE='entry-point ctl stop b:b' COMP_POINT=24
		_entry_point
		printf '%s\n' "${COMPREPLY[@]}"`))
	if want := []string{"b_00", "b_01"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCompletionZsh: a completion function cannot be called but by the line
// editor; with compadd and _files in its place it can.
func TestCompletionZsh(t *testing.T) {
	completed(t, "zsh", func(t *testing.T, script, line string) []string {
		return output(t, exec.Command("zsh", "-fc", `
			compdef() { : }
			_files() { : }
			compadd() { shift; for w; do [[ $w == ${words[CURRENT]}* ]] && print -r -- $w; done; true }
			. "$1"
			words=(${=2}) ; [[ $2 == *' ' ]] && words+=('')
			CURRENT=$#words
			_entry-point`, "zsh", script, line))
	})
}

// TestCompletionZshLoads: the completion system itself accepts the file.
func TestCompletionZshLoads(t *testing.T) {
	needShell(t, "zsh")
	program(t)
	got := output(t, exec.Command("zsh", "-fc", `mkdir f; entry-point ctl completion zsh >f/_entry-point
		fpath=($PWD/f $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; print -r -- $_comps[entry-point]`))
	if !slices.Equal(got, []string{"_entry-point"}) {
		t.Errorf("%q", got)
	}
}

func TestCompletionFish(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	completed(t, "fish", func(t *testing.T, script, line string) []string {
		return output(t, exec.Command("fish", "-c", `source $argv[1]; complete -C $argv[2] | string replace -r '\t.*' ''; true`, script, line))
	})
}
