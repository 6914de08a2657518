package main

import (
	"os"
	"strings"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/supervisor/setup"
)

// healthOfLaunch answers "ctl health" in a container that only launches a command
// (debug mode, docker run IMAGE CMD): there is nobody to ask, and no program whose
// health could be told, so the container is as healthy as it is alive. An image
// can have one HEALTHCHECK for all of its modes then.
//
// Who PID 1 is and what it was told is in /proc, and says it whatever state it is
// in; a mark of its own would need a place to write to. Where a socket is, or PID 1
// is anybody else, the answer is the server's.
func healthOfLaunch(words []string) (text string, is bool) {
	if len(words) == 0 || words[0] != "health" {
		return "", false
	}
	text = "healthy: no programs are supervised here, entry-point launches a command\n"
	for _, word := range words[1:] {
		if word != "--json" {
			return "", false
		}
		text = `{"ready":true,"waiting":[]}` + "\n"
	}
	if _, err := os.Lstat(ctl.Socket(os.Environ())); err == nil {
		return "", false
	}
	return text, launches("/proc/1")
}

// launches says whether a process is an entry-point that launches a command. Its
// options from the environment are taken from ours: both are the container's.
func launches(proc string) bool {
	own, err := os.Stat("/proc/self/exe")
	other, otherErr := os.Stat(proc + "/exe")
	cmdline, readErr := os.ReadFile(proc + "/cmdline")
	if err != nil || otherErr != nil || readErr != nil || !os.SameFile(own, other) {
		return false
	}
	argv := strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")
	if calledSupervisord(argv[0]) {
		return false
	}
	o, err := parseOptions(argv[1:])
	if err != nil || o.SetupOnly {
		return false
	}
	return o.Command != nil || o.Debug || !o.Production && setup.DebugMarked(proc+"/cwd")
}
