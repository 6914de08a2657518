package main

import (
	"errors"
	"io"
	"os"

	"github.com/jessevdk/go-flags"

	"entrypoint/cmd/entry-point/commandline"
	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/cmd/entry-point/help"
	"entrypoint/config/vocabulary"
	"entrypoint/supervisor/process"
)

//go:generate go test -run TestManual$ . -generate

// book is all that there is help on.
func book() *help.Book {
	p := newParser(&options{})
	own := p.Groups()[0]
	tables := []vocabulary.Table{
		commandline.Words("options", own), commandline.Words("launch-options", own.Groups()[0]),
		commandline.Words("supervisord-options", newSupervisordParser("", &supervisordOptions{}).Groups()[0]),
	}
	return help.New(p.Usage, p.LongDescription, append(tables, ctl.Vocabulary()...))
}

// writeHelp writes what -h says of words, or of the command line where there are none.
// docker run IMAGE -h shows it.
func writeHelp(w io.Writer, words []string) error {
	if len(words) == 0 {
		_, err := io.WriteString(w, book().Summary())
		return err
	}
	return help.Run(book(), words, w)
}

// asksHelp says whether a command line is "entry-point help". Where the image has a
// command of that name it is that command, as it would be without us.
func asksHelp(args []string) bool {
	if len(args) == 0 || args[0] != "help" {
		return false
	}
	_, err := process.Look("help", os.Environ(), "")
	return err != nil
}

// printHelp prints help and returns the exit code.
func (a *app) printHelp(write func(io.Writer) error) int {
	if err := write(os.Stdout); err != nil {
		a.err.Print(err.Error())
		if unknown := (help.Unknown{}); errors.As(err, &unknown) {
			return codeUsage
		}
		return 1
	}
	return 0
}

// completed is what a shell completes beside the words of ctl.
func completed() (options []vocabulary.Word, words []string) {
	b := book()
	for _, name := range []string{"options", "launch-options"} {
		b.Table(name).Each(func(w *vocabulary.Word) { options = append(options, *w) })
	}
	return options, b.Names()
}

// groupHelp is the options of a parser's group, for another command line than ours.
func groupHelp(g *flags.Group) string {
	t := commandline.Words("", g)
	return "\n" + t.Title + ":\n" + help.List(&t)
}
