package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSetupBrings: what the setup installs is missing before it, and is no mistake:
// time zones, and a directory for logs. A mistake is one before the setup.
func TestSetupBrings(t *testing.T) {
	t.Parallel()
	const zones = "/usr/share/zoneinfo"
	brought := func(program string) *initProcess {
		p := configured(t, map[string]string{
			"package.json":  "{}",
			"programs.conf": "[program:app]\ncommand = sh -c \"echo app is up; sleep 1000\"\nstdout_logfile = /dev/stdout, %(here)s/log/app.log\n" + program,
		})
		tools := t.TempDir()
		// The image has no time zones: an empty file system stands in their place.
		for name, text := range map[string]string{
			"npm":   "mkdir log node_modules && mkdir " + zones + "/Europe && cp berlin " + zones + "/Europe/Berlin && touch node_modules/.package-lock.json installed",
			"node":  "echo v1",
			"start": "mount --make-rprivate / && cp " + zones + "/Europe/Berlin berlin && mount -t tmpfs none " + zones + " && exec " + binary + ` "$@"`,
		} {
			if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		p.Path = filepath.Join(tools, "start")
		p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none", "ZONEINFO=", "PATH="+tools+":/usr/sbin:/usr/bin:/sbin:/bin")
		return p
	}
	const report = "[program:report]\ncommand = true\nschedule = 0 3 1 1 *\nschedule_timezone = "
	p := brought(report + "Europe/Berlin\n").start()
	p.await(&p.stdout, "app is up")
	p.awaitFile("log/app.log", "app is up")

	p = brought(report + "Europe/Berlin\npriority = first\n").start()
	p.wantCode(78)
	if said := p.stderr.String(); p.read("installed") != "" || !strings.Contains(said, "package tzdata is missing") || !strings.Contains(said, `priority: "first" is not`) {
		t.Errorf("stderr:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "node_modules")); err == nil {
		t.Error("a mistake has waited for an installation")
	}

	p = brought(report + "Europe/Atlantis\n").start()
	p.wantCode(78)
	if said := p.stderr.String(); !strings.Contains(said, `programs.conf:7: [program:report] schedule_timezone: no time zone is named "Europe/Atlantis" in `+zones) {
		t.Errorf("stderr:\n%s", said)
	}
}
