package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/skip"
)

// TestPythonFindsWhatSetupInstalled: a user whom the image does not know has / as HOME.
// The tools of the setup have another one, and what is started after it has that as well,
// and is told where Python's packages are.
func TestPythonFindsWhatSetupInstalled(t *testing.T) {
	t.Parallel()
	skip.UnlessRoot(t, "to become another user")
	bin := t.TempDir()
	for name, text := range map[string]string{
		"python3": "echo probe:version=Python 3.1; echo probe:pip=1",
		"pip3":    "echo \"pip's HOME is $HOME\"",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const show = `echo "the command's HOME is $HOME, its packages are in $PYTHONUSERBASE"`
	p := prepare(t, "-v", "-d", "--", "sh", "-c", show)
	for _, dir := range []string{p.Dir, filepath.Dir(p.Dir), bin, filepath.Dir(bin)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write("requirements.txt", "x\n")
	if err := os.Chown(p.Dir, 12377, 12377); err != nil {
		t.Fatal(err)
	}
	p.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=/"}
	p.SysProcAttr.Credential = &syscall.Credential{Uid: 12377, Gid: 12377}
	p.start().wantCode(0)
	home := p.Dir + "/.entry-point-home"
	for _, want := range []string{"pip's HOME is " + home + "\n", "the command's HOME is " + home + ", its packages are in " + home + "/.local\n"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("no %q; stdout:\n%sstderr:\n%s", want, p.stdout.String(), p.stderr.String())
		}
	}
}
