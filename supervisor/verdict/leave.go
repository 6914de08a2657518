package verdict

import (
	"os"
	"syscall"

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
	// A pipe that nobody reads must not hold up the end.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|syscall.O_NONBLOCK, 0)
	if err != nil {
		if !ok && os.IsNotExist(err) {
			return nil
		}
		return err
	}
	defer f.Close()
	if text = visible.Lines(text); len(text) >= terminationSize {
		text = text[:terminationSize-1]
	}
	_, err = f.WriteString(text + "\n")
	return err
}
