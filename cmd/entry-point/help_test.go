package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHelp: "help" is ours, as -h is, but where the image has a command of that name; an
// unknown word is a mistake on the command line.
func TestHelp(t *testing.T) {
	t.Parallel()
	image := t.TempDir() // with a command help
	if err := os.WriteFile(filepath.Join(image, "help"), []byte("#!/bin/sh\necho the command of the image: $*\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	bare := "PATH=" + t.TempDir()
	own := "PATH=" + image + ":" + os.Getenv("PATH")
	for _, test := range []struct {
		path, args string
		code       int
		out, err   string // among others; "": nothing
	}{
		{bare, "help", 0, "Topics:\n", ""},
		{bare, "help probes", 0, "When a program is ready, and whether it is alive\n", ""},
		{bare, "help stopsignal", 0, "stopsignal: a key of", ""},
		{bare, "help --rewrite", 0, "-r, --rewrite FROM:TO: an option", ""},
		{bare, "help status", 0, "status [NAME...]: a command of entry-point ctl", ""},
		{bare, "help --json", 0, `"name": "stopwaitsecs"`, ""},
		{bare, "help stopsginal", 64, "", `entry-point: there is no help on "stopsginal" (did you mean stopsignal?); entry-point help lists what there is` + "\n"},
		{bare, "-h", 0, "Usage:\n", ""},
		{bare, "-h stopsignal", 0, "stopsignal: a key of", ""},
		{bare, "-h stopsginal", 64, "", "did you mean stopsignal?"},
		{bare, "-- help", 127, "", `cannot run "help": not found in PATH`},
		{own, "help me", 0, "the command of the image: me\n", ""},
		{own, "-- help", 0, "the command of the image:\n", ""},
		{own, "-h probes", 0, "When a program is ready", ""},
	} {
		t.Run(test.args, func(t *testing.T) {
			c := exec.Command(binary, strings.Fields(test.args)...)
			c.Dir = t.TempDir()
			c.Env = []string{test.path}
			var out, err strings.Builder
			c.Stdout, c.Stderr = &out, &err
			_ = c.Run() // its code says it
			if code := c.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, said := range [][2]string{{out.String(), test.out}, {err.String(), test.err}} {
				if !strings.Contains(said[0], said[1]) || said[1] == "" && said[0] != "" {
					t.Errorf("it says %.300q, want %q", said[0], said[1])
				}
			}
			if entries, _ := os.ReadDir(c.Dir); len(entries) > 0 {
				t.Error("something is changed on disk")
			}
		})
	}
}
