package config

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSamples loads every configuration that Debian's supervisor package brings.
func TestSamples(t *testing.T) {
	need(t, "echo_supervisord_conf")
	sample, err := exec.Command("echo_supervisord_conf").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "echo.conf")}
	write(t, files[0], string(sample))
	// And with all that is commented out there.
	write(t, filepath.Join(dir, "all.conf"), uncommented(string(sample)))
	mkdir(t, filepath.Join(dir, "relative/directory"))
	files = append(files, filepath.Join(dir, "all.conf"))
	for _, pattern := range []string{
		"/etc/supervisor/*.conf", "/usr/share/doc/supervisor/examples/*.conf", "/usr/lib/python3/dist-packages/supervisor/skel/*.conf",
		"/usr/lib/python3/dist-packages/supervisor/tests/fixtures/*.conf", "/usr/lib/python3/dist-packages/supervisor/tests/fixtures/*/*.conf",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 3 {
		t.Errorf("only %q", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(&Options{File: file, RequireFile: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.Warnings {
				if strings.Contains(w, "unknown") {
					t.Error(w)
				}
			}
		})
	}
}

// uncommented takes the ";" from the keys and sections of the sample, and puts
// values in that this machine has.
func uncommented(sample string) string {
	var out strings.Builder
	for line := range strings.Lines(sample) {
		if rest, ok := strings.CutPrefix(line, ";"); ok && (strings.HasPrefix(rest, "[") || strings.Contains(rest, "=") && !strings.HasPrefix(rest, " ")) {
			line = rest
		}
		out.WriteString(line)
	}
	return strings.NewReplacer(
		"[program:theprogramname]", "[program:progname1]", "progname1,progname2", "progname1",
		"user=chrism", "user=nobody", "chown=nobody:nogroup", "chown=root:root", "user=supervisord", "user=root",
		"/a/path", "/tmp", "relative/directory/*.ini", "relative/directory/*",
		"process_name=%(program_name)s", "process_name=%(program_name)s_%(process_num)s",
		"=AUTO", "=AUTO", "=...", "=/tmp/x",
	).Replace(out.String())
}

// TestGolden compares a file that says everything with what is made of it.
func TestGolden(t *testing.T) {
	for _, name := range []string{"testdata/python/everything.conf", "testdata/python/groups.conf", "testdata/ours.conf"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			c, err := Load(&Options{File: name, Env: testEnv()})
			if err != nil {
				t.Fatal(err)
			}
			out, err := json.MarshalIndent(c, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			dir, err := filepath.Abs(".")
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(string(out), dir, "DIR") + "\n"
			golden := "testdata/golden/" + strings.TrimSuffix(filepath.Base(name), ".conf") + ".json"
			if *update {
				write(t, golden, got)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is not what was made of %s; -update writes it, git diff shows what has changed", golden, name)
			}
		})
	}
}
