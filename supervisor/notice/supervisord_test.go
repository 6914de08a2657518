package notice

import (
	"os"
	"testing"

	"entrypoint/supervisor/process"
)

// TestSpawnErrors: the reason that clients are told is the one that there is.
func TestSpawnErrors(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "script": 0o755} {
		if err := os.WriteFile(dir+"/"+name, []byte("#!/nonexistent/interpreter\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	table := process.Open()
	for _, c := range []struct{ command, dir, want string }{
		{"/no/such", "", "can't find command '/no/such'"},
		{"nobody-has-this", "", "can't find command 'nobody-has-this'"},
		{dir, "", "command at '" + dir + "' is a directory"},
		{dir + "/plain", "", "command at '" + dir + "/plain' is not executable"},
		{dir + "/script", "", `cannot run "` + dir + `/script": its interpreter /nonexistent/interpreter (the #! line) does not exist`},
		{"/bin/cat", "/no/such/dir", `cannot run "/bin/cat": cannot enter directory "/no/such/dir": no such file or directory`},
	} {
		file, err := process.Look(c.command, os.Environ(), "")
		if err = Missing(err); err == nil {
			_, err = table.Start(&process.Spec{Argv: []string{c.command}, File: file, Dir: c.dir, Env: os.Environ()})
		}
		if err == nil {
			t.Errorf("%s was started", c.command)
		} else if got := SpawnError(c.command, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.command, got, c.want)
		}
	}
}
