package main

import (
	"slices"
	"strings"
	"testing"
)

// TestWithoutEmulator: an entry-point that qemu's user mode emulation runs is known by
// the program, not by argv[0], which is the emulator's.
func TestWithoutEmulator(t *testing.T) {
	for line, want := range map[string]string{
		"/entry-point":                       "/entry-point",
		"/entry-point ls":                    "/entry-point ls",
		"/usr/bin/qemu-arm /entry-point":     "/entry-point",
		"/usr/bin/qemu-arm /entry-point -d":  "/entry-point -d",
		"qemu-arm /entry-point /entry-point": "/entry-point",
		"/usr/bin/qemu-aarch64-static /usr/bin/supervisord supervisord -n": "supervisord -n", // with flag P
		"/usr/bin/qemu-aarch64-static /usr/bin/supervisord -n":             "/usr/bin/supervisord -n",
		"qemu-arm": "qemu-arm",
	} {
		argv, emulated := withoutEmulator(strings.Fields(line))
		if !slices.Equal(argv, strings.Fields(want)) || emulated != (line != want) {
			t.Errorf("%s: %q, %v, want %s", line, argv, emulated, want)
		}
	}
}
