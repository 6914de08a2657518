package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entrypoint/config"
)

// checked is a directory as an image has it, with what is wrong in it.
func checked(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"crlf":      "#!/bin/sh\r\nexit 0\r\n",
		"crlf-args": "#!/bin/sh -e\r\nexit 0\r\n",
		"crlf.sh":   "echo x\r\n",
		"nothing":   "#!/no/such/interpreter\n",
		"lost":      "#!/usr/bin/env no-such-language\n",
		"text":      "echo x\n",
		"foreign":   "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 11) + "\x16" + strings.Repeat("\x00", 100),
		"good":      "#!/bin/sh\nexit 0\n",
		"plain":     "#!/bin/sh\nexit 0\n",
		"private":   "#!/bin/sh\nexit 0\n",
	} {
		mode := os.FileMode(0o755)
		switch name {
		case "plain", "crlf.sh":
			mode = 0o644
		case "private":
			mode = 0o700
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCommandFindings: each command that could not be started is named with its place.
func TestCommandFindings(t *testing.T) {
	dir := checked(t)
	for keys, want := range map[string]string{
		"command = ./good":                            "",
		"command = sh good":                           "",
		"command = sh -c ./none":                      "",
		"command = ./none":                            `2 command: cannot run "./none": no such file or directory`,
		"command = no-such-program":                   `2 command: cannot run "no-such-program": not found in PATH (/usr/bin:/bin)`,
		"command = ./plain":                           `2 command: cannot run "./plain": permission denied (its mode is 0644: chmod +x)`,
		"command = ./crlf":                            `2 command: cannot run "./crlf": its #! line ends with a carriage return, so its interpreter "/bin/sh\r" does not exist (line ends of Windows: sed -i 's/\r$//' DIR/./crlf)`,
		"command = ./crlf-args":                       `2 command: cannot run "./crlf-args": its #! line ends with a carriage return (line ends of Windows: sed -i 's/\r$//' DIR/./crlf-args)`,
		"command = sh crlf.sh":                        `2 command: cannot run "sh": the lines of its script "crlf.sh" end with carriage returns (line ends of Windows: sed -i 's/\r$//' DIR/crlf.sh)`,
		"command = sh none.sh":                        `2 command: cannot run "sh": its script "none.sh": no such file or directory`,
		"command = ./nothing":                         `2 command: cannot run "./nothing": its interpreter /no/such/interpreter (the #! line) does not exist`,
		"command = ./lost":                            `2 command: cannot run "./lost": its interpreter (the #! line): cannot run "no-such-language": not found in PATH (/usr/bin:/bin)`,
		"command = ./text":                            `2 command: cannot run "./text": exec format error (it has no #! line, and is no ELF file)`,
		"command = ./foreign":                         `2 command: cannot run "./foreign": exec format error (built for s390x, and this machine is `,
		"command = ./private\nuser = 4242":            `2 command: cannot run "./private": permission denied for user 4242 and group 0 (its mode is 0700`,
		"command = ./good\ndirectory = /no/such":      `2 command: cannot run "./good": its directory "/no/such": no such file or directory`,
		"command = ./good\nready = exec:./none":       `3 ready: cannot run "./none": no such file or directory`,
		"command = ./good\nlive = exec:./none":        `3 live: cannot run "./none": no such file or directory`,
		"command = ./good\nreload_check = ./none":     `3 reload_check: cannot run "./none": no such file or directory`,
		"command = tool\nenvironment = PATH=\"/opt\"": `2 command: cannot run "tool": not found in PATH (/opt)`,
		"command = ./none %(ENV_SECRET)s\nnumprocs=2\nprocess_name=%(process_num)d": `2 command: cannot run "./none": no such file or directory`,
	} {
		file := filepath.Join(dir, "app.conf")
		text := "[program:a]\n" + keys + "\n"
		if !strings.Contains(keys, "directory") {
			text += "directory = " + dir + "\n"
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", "/usr/bin:/bin")
		cfg, err := config.Load(&config.Options{File: "app.conf", Dir: dir, Check: true, Env: []string{"SECRET=geheim"}})
		if err != nil {
			t.Errorf("%q: %v", keys, err)
			continue
		}
		got := strings.Join(commandFindings(cfg), "\n")
		if want != "" {
			line, rest, _ := strings.Cut(want, " ")
			want = "app.conf:" + line + ": [program:a] " + strings.ReplaceAll(rest, "DIR", dir)
		}
		if got != want && (want == "" || !strings.HasPrefix(got, want) || strings.Contains(got, "\n")) {
			t.Errorf("%q:\ngot  %s\nwant %s", keys, got, want)
		}
	}
}
