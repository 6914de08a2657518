package verdict

import (
	"errors"
	"os"

	"entrypoint/supervisor/safefile"
	"entrypoint/supervisor/visible"
)

// terminationLog is where Kubernetes looks for the last words of a container, and
// how much of them it takes.
const (
	terminationLog  = "/dev/termination-log"
	terminationSize = 4096
)

// Leave writes the last words of the container for Kubernetes, if it is there:
// it makes the file, we do not. ENTRYPOINT_TERMINATION_LOG names another path;
// empty: none.
func Leave(text string) error {
	path, ok := os.LookupEnv("ENTRYPOINT_TERMINATION_LOG")
	if !ok {
		path = terminationLog
	}
	if path == "" || text == "" {
		return nil
	}
	if text = visible.Lines(text); len(text) >= terminationSize {
		text = text[:terminationSize-1]
	}
	err := safefile.Write(path, []byte(text+"\n"), 0, 0)
	switch {
	case err == nil, !ok && errors.Is(err, os.ErrNotExist):
		return nil
	}
	return errors.New(path + ": " + err.Error())
}
