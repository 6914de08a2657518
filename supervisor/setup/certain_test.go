package setup

import (
	"strings"
	"testing"
)

// The words of real tools.
const (
	pipNoFile   = "ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'nosuch.txt'"
	pipNoIndex  = "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('...: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/\nERROR: Could not find a version that satisfies the requirement x (from versions: none)\nERROR: No matching distribution found for x"
	pipNoPlace  = "Looking in links: ./wheels\nERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/.local'\nCheck the permissions."
	npmNotSync  = "npm ERR! code EUSAGE\nnpm ERR! \nnpm ERR! `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\nnpm ERR! \nnpm ERR! Missing: right@1.0.0 from lock file\nnpm ERR! \nnpm ERR! Clean install a project\nnpm ERR! \nnpm ERR! Usage:\nnpm ERR! npm ci\nnpm ERR! \nnpm ERR! Options:\nnpm ERR! [-S|--save|--no-save|--save-prod|--save-dev|--save-optional|--save-peer|--save-bundle]\nnpm ERR! [-E|--save-exact] [-g|--global]\nnpm ERR! [--install-strategy <hoisted|nested|shallow|linked>] [--legacy-bundling]\nnpm ERR! [--global-style] [--omit <dev|optional|peer> [--omit <dev|optional|peer> ...]]\nnpm ERR! [--strict-peer-deps] [--no-package-lock] [--foreground-scripts]\nnpm ERR! [--ignore-scripts] [--no-audit] [--no-bin-links] [--no-fund] [--dry-run]\nnpm ERR! [-w|--workspace <workspace-name> [-w|--workspace <workspace-name> ...]]\nnpm ERR! [-ws|--workspaces] [--include-workspace-root] [--install-links]\nnpm ERR! \nnpm ERR! aliases: clean-install, ic, install-clean, isntall-clean\nnpm ERR! \nnpm ERR! Run \"npm help ci\" for more info\n\nnpm ERR! A complete log of this run can be found in:\nnpm ERR!     /root/.npm/_logs/x-debug-0.log"
	npmAway     = "npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect\nnpm ERR! errno ECONNREFUSED\nnpm ERR! FetchError: request to http://127.0.0.1:1/is-number failed, reason: connect ECONNREFUSED 127.0.0.1:1"
	npmNoRight  = "npm ERR! code EACCES\nnpm ERR! syscall mkdir\nnpm ERR! path /.npm\nnpm ERR! errno -13\nnpm ERR! \nnpm ERR! Your cache folder contains root-owned files"
	npmNoName   = "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/no-such - Not found\nnpm error 404"
	yarnHash    = "error Incorrect integrity when fetching from the cache for \"x\". Cache has \"sha512-a\" and remote has \"sha512-b\"."
	aptNoName   = "Reading package lists...\nE: Unable to locate package nosuch"
	aptNoServer = "Err:1 http://127.0.0.1:1 x InRelease\n  Could not connect to 127.0.0.1:1 (127.0.0.1). - connect (111: Connection refused)\nE: Unable to locate package x"
)

func TestReason(t *testing.T) {
	for _, test := range []struct {
		said, want string
		certain    bool
	}{
		{pipNoFile, pipNoFile, true},
		{pipNoIndex, "ERROR: No matching distribution found for x", false},
		{pipNoPlace, "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/.local'", true},
		{npmNotSync, "npm ERR! Missing: right@1.0.0 from lock file", true},
		{npmAway, "", false},
		{npmNoName, "npm error 404 Not Found - GET https://registry.npmjs.org/no-such - Not found", true},
		{yarnHash, yarnHash, true},
		{npmNoRight, "npm ERR! code EACCES", true},
		{aptNoName, "E: Unable to locate package nosuch", true},
		{aptNoServer, "E: Unable to locate package x", false},
		{"make: *** [all] Error 1", "", false},
		{"", "", false},
	} {
		if got, certain := reason(strings.Split(test.said, "\n")); got != test.want || certain != test.certain {
			t.Errorf("%q, %v, want %q, %v, of\n%s", got, certain, test.want, test.certain, test.said)
		}
	}
}

// TestShowing: the reason is among the lines shown, wherever it stands.
func TestShowing(t *testing.T) {
	shown := showing(strings.Split(npmNotSync, "\n"), tailLines)
	contains(t, strings.Join(shown, "\n"), "Missing: right@1.0.0 from lock file", "A complete log of this run", "\n...\n")
	if len(shown) > tailLines {
		t.Errorf("%d lines are shown", len(shown))
	}
	noise := strings.Split(strings.Repeat("compiling\n", 100), "\n")
	long := append(append([]string{"x.c:1: error: no such thing"}, noise...), "ninja: build stopped")
	if shown := showing(long, 20); len(shown) > 20 || shown[0] != long[0] || shown[len(shown)-1] != "ninja: build stopped" {
		t.Errorf("shown: %q", shown)
	}
	if shown := showing(noise, 20); len(shown) != 20 {
		t.Errorf("%d lines are shown", len(shown))
	}
}

// TestAttempts: what can get better is tried three times, what cannot once.
func TestAttempts(t *testing.T) {
	for said, want := range map[string]int{npmNotSync: 0, npmNoRight: 0, npmAway: 2, "npm ERR! code 1": 2} {
		r := &runner{}
		dir := files(t, map[string]string{"package.json": "{}"})
		err := Run(r.options(dir, "PATH="+files(t, map[string]string{"npm": "#!/bin/sh\ncat <<'END' >&2\n" + said + "\nEND\nexit 1\n"})+":/bin:/usr/bin"))
		if err == nil || len(r.slept) != want {
			t.Errorf("%d further attempts, want %d: %v", len(r.slept), want, err)
		}
		if why, _ := reason(strings.Split(said, "\n")); why != "" && !strings.HasSuffix(err.Error(), ": "+why) {
			t.Errorf("the error has no reason: %v", err)
		}
	}
}
