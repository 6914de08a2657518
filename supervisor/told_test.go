package supervisor

import (
	"reflect"
	"strings"

	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/program"
)

// told is what a scenario has told, in order. Tests look for what has happened in it; the
// words of our log for that are held by the tests of package notice.
type told []notice.Notice

// Take makes it one of the sinks.
func (l *told) Take(n *notice.Notice) {
	kept := *n
	if c, is := n.Fact.(*notice.Changed); is {
		own := *c // the loop's is written anew for the next change
		kept.Fact = &own
	}
	*l = append(*l, kept)
}

// String is our log of it, for who wants to know why a test has failed.
func (l told) String() string {
	var lines []string
	log := notice.Log{Print: func(line string) { lines = append(lines, line) }}
	for i := range l {
		log.Take(&l[i])
	}
	return strings.Join(lines, "\n")
}

// facts are those of one type that were told about a program (by its full name), or about
// the container ("").
func facts[F notice.Fact](l told, program string) (list []F) {
	for _, n := range l {
		if f, is := n.Fact.(F); is && n.Program == program {
			list = append(list, f)
		}
	}
	return list
}

// says says whether exactly this was told about a program, or about the container ("").
func (l told) says(program string, f notice.Fact) bool {
	for _, n := range l {
		if n.Program == program && reflect.DeepEqual(n.Fact, f) {
			return true
		}
	}
	return false
}

// became are the changes of a program to a state.
func (l told) became(name string, s program.State) (list []*notice.Changed) {
	for _, c := range facts[*notice.Changed](l, name) {
		if c.After.State == s && c.Before.State != s {
			list = append(list, c)
		}
	}
	return list
}

// remarks is how many remarks of ours have this text in them, with the name of the program
// before it.
func (l told) remarks(text string) (n int) {
	for _, is := range l {
		said := ""
		switch f := is.Fact.(type) {
		case notice.Remark:
			said = f.Text
		case notice.Line:
			said = f.Text
		}
		if is.Program != "" {
			said = is.Program + ": " + said
		}
		if strings.Contains(said, text) {
			n++
		}
	}
	return n
}

// end is how the container has ended, and the program whose end was the reason. It is what
// is told last.
func (l told) end() (program string, e notice.Ended) {
	if len(l) > 0 {
		program = l[len(l)-1].Program
		e, _ = l[len(l)-1].Fact.(notice.Ended)
	}
	return program, e
}
