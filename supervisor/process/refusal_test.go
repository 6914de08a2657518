package process

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/emulator"
	"entrypoint/supervisor/skip"
)

// goProgram builds a program that does nothing, for another architecture.
func goProgram(t *testing.T, arch string) string {
	t.Helper()
	dir := t.TempDir()
	source, file := filepath.Join(dir, "main.go"), filepath.Join(dir, arch)
	if err := os.WriteFile(source, []byte("package main\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", file, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// TestRefusal: what the kernel does not execute is named by its real cause, with
// a plain start and with a staged one.
func TestRefusal(t *testing.T) {
	skip.UnlessRoot(t, "to start a process as somebody else")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := "arm64"
	switch {
	case runtime.GOARCH == other && emulator.Used():
		other = "s390x" // what executes it is the kernel of an amd64
	case runtime.GOARCH == other:
		other = "amd64"
	}
	foreign := goProgram(t, other)
	plain := put("plain", "#!/bin/sh\n", 0o644)
	garbage := put("garbage", "\x00\x01", 0o755)
	// A real dynamic program, made to need a loader that is not here.
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	loader, script := interpreterOf(shell)
	if loader == "" || script {
		t.Fatalf("loader of /bin/sh: %q", loader)
	}
	const another = "/lib/ld-musl.so.1"
	musl := put("musl", string(bytes.Replace(shell, []byte(loader+"\x00"), append([]byte(another), make([]byte, len(loader)+1-len(another))...), 1)), 0o755)
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	tests := []struct {
		command string
		as      *syscall.Credential
		code    int
		want    string
	}{
		{dir + "/nothing", nil, 127, "no such file or directory"},
		{plain, nil, 126, "permission denied (its mode is 0644: chmod +x)"},
		{put("mine", "#!/bin/sh\n", 0o700), nobody, 126, "permission denied for user 65534 and group 65534 (its mode is 0700, its owner 0:0; or a directory above it is closed)"},
		{put("by-plain", "#!"+plain+"\n", 0o755), nil, 126, "permission denied (its interpreter " + plain + " is not executable)"},
		{put("lost", "#! /no/such/python3 -u\nprint()\n", 0o755), nil, 127, "its interpreter /no/such/python3 (the #! line) does not exist"},
		{put("windows", "#!/bin/sh\r\necho\r\n", 0o755), nil, 127, `its #! line ends with a carriage return, so its interpreter "/bin/sh\r" does not exist (line ends of Windows: sed -i 's/\r$//' ` + dir + "/windows)"},
		{musl, nil, 127, "its interpreter, the dynamic loader " + another + ", does not exist (it was built for another C library, such as musl or glibc)"},
		{put("by-musl", "#!"+musl+"\n", 0o755), nil, 127, "its interpreter " + musl + " cannot be executed: its interpreter, the dynamic loader " + another},
		{foreign, nil, 126, "exec format error (built for " + other + ", and this machine is " + runtime.GOARCH + ")"},
		{put("by-foreign", "#!"+foreign+"\n", 0o755), nil, 126, "exec format error of its interpreter " + foreign + " (built for " + other},
		{put("empty", "", 0o755), nil, 126, "exec format error (it is empty)"},
		{garbage, nil, 126, "exec format error (it has no #! line, and is no ELF file)"},
		{put("exe", "MZ\x90\x00", 0o755), nil, 126, "exec format error (a program for Windows)"},
		{put("marked", "\xef\xbb\xbf#!/bin/sh\n", 0o755), nil, 126, "exec format error (a byte order mark stands before its first line)"},
		{put("nameless", "#!\n", 0o755), nil, 126, "exec format error (its #! line names no program)"},
	}
	table := Open()
	for _, set := range []Settings{{}, {Nice: ptr(1)}} {
		for _, tt := range tests {
			_, err := table.Start(&Spec{Argv: []string{tt.command}, Credential: tt.as, Settings: set})
			if err == nil || !strings.HasPrefix(err.Error(), `cannot run "`+tt.command+`": `+tt.want) || StartCode(err) != tt.code {
				t.Errorf("%s: code %d, %v; want code %d, %s", filepath.Base(tt.command), StartCode(err), err, tt.code, tt.want)
			}
		}
	}
}

// TestNoexec: a mount, in a mount namespace of the test's own.
func TestNoexec(t *testing.T) {
	skip.UnlessRoot(t, "to mount")
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	argv := emulator.Argv(os.Args[0], dir, script)
	self := exec.Command(argv[0], argv[1:]...)
	self.Env = append(os.Environ(), actEnv+"=noexec")
	self.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := self.CombinedOutput()
	if want := `cannot run "` + script + `": permission denied (` + dir + " is mounted with noexec)\n"; err != nil || string(out) != want {
		t.Errorf("%v: %s, want %s", err, out, want)
	}
}

// FuzzHead: whatever a file holds, it is only looked at.
func FuzzHead(f *testing.F) {
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shell[:min(4096, len(shell))])
	f.Add([]byte("#! /bin/sh -e\n"))
	f.Add([]byte("#!\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		interpreterOf(data)
		if malformed(data) == "" {
			t.Error("no words")
		}
	})
}
