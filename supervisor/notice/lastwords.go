package notice

import (
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/verdict"
)

// LastWords leaves why the container has ended where Kubernetes looks for it
// (verdict.Leave).
type LastWords struct {
	Files *offload.Pool            // by what the file system is asked; nil: by the loop itself
	Fail  func(line string)        // is told why it cannot be left
	Mask  func(text string) string // hides secrets; nil: there are none
}

// Take leaves the last line of a container that has not ended well.
func (l *LastWords) Take(n *Notice) {
	f, is := n.Fact.(Ended)
	if !is {
		return
	}
	line, _ := f.lastWords(n)
	if line == "" {
		return
	}
	if l.Mask != nil {
		line = l.Mask(line)
	}
	if err := l.Files.Act(offload.Call{Key: "last words", What: "write them"}, func() error { return verdict.Leave(line) }); err != nil {
		l.Fail("cannot write the termination log for Kubernetes: " + err.Error())
	}
}
