package config

import (
	"errors"
	"strconv"
	"strings"

	"entrypoint/config/vocabulary"
)

// processKeys say what is run, and how many times. The table is never written.
var processKeys = []programKey{
	{row{
		Name: "command", Type: vocabulary.Command,
		Help: "The program and its arguments. It is split into words as a shell does it, but no shell runs it: " +
			"`&&`, `|`, `>` and `$VAR` mean nothing, and `sh -c \"exec ...\"` is the way to have them.",
		Example: "command = gunicorn -b 127.0.0.1:8000 app:app",
	}, everywhere, forEach, setCommand},
	{row{
		Name: "process_name", Type: vocabulary.Text, Default: "(the name of the section)",
		Help:    "The name of one process. With `numprocs` above 1 it has to contain `%(process_num)d` or `%(process_num)02d`.",
		Example: "process_name = worker_%(process_num)02d",
	}, everywhere, forEach, setProcessName},
	{row{
		Name: "numprocs", Type: vocabulary.Integer, Default: "1",
		Help:    "How many processes the program has. Each is started, stopped and restarted on its own.",
		Example: "numprocs = 2\nprocess_name = worker_%(process_num)02d",
	}, everywhere, forAll, setNumProcs},
	{row{
		Name: "numprocs_start", Type: vocabulary.Integer, Default: "0",
		Help:    "The number of the first process, which `%(process_num)d` stands for.",
		Example: "numprocs_start = 1",
	}, everywhere, forAll, setNumProcsStart},
	{row{
		Name: "directory", Type: vocabulary.Path, Default: "(entry-point's own working directory)",
		Help:    "The directory in which the program runs.",
		Example: "directory = /srv/app",
	}, everywhere, forEach, setDirectory},
	{row{
		Name: "umask", Type: vocabulary.Octal, Default: "(as entry-point has it)",
		Help:    "Which permissions the files that the program makes do not get.",
		Example: "umask = 027",
	}, everywhere, forAll, setUmask},
}

// maxProcs keeps a slip of the hand from filling the memory.
const maxProcs = 1 << 15

func setCommand(b *build, k setting, t *text) (err error) {
	b.p.Written.Command = t.s
	if b.p.Command, err = splitWords(t); err == nil && len(b.p.Command) == 0 {
		return errors.New("the command is empty")
	}
	if err == nil {
		if trace := shellTrace(t, b.p.Command); trace != "" {
			b.warn(k, trace)
		}
	}
	return err
}

func setProcessName(b *build, _ setting, t *text) error {
	b.p.Name = t.trim().s
	return validName(b.p.Name)
}

func setNumProcs(b *build, _ setting, t *text) (err error) {
	b.scope.numProcs, err = parseInt(t.s, -maxProcs, maxProcs)
	return err
}

func setNumProcsStart(b *build, _ setting, t *text) (err error) {
	b.scope.processNum, err = parseInt(t.s, 0, 1<<30)
	return err
}

// checkProcessName refuses names that are all the same.
func (b *build) checkProcessName() {
	k, ok := b.lookup("process_name")
	if !ok {
		k, _ = b.lookup("numprocs")
		b.fail(k, "with several processes, process_name must be set and contain %(process_num), such as %(program_name)s_%(process_num)02d")
	} else if !strings.Contains(k.Value, "%(process_num)") {
		b.fail(k, "with several processes it must contain %(process_num), such as %(program_name)s_%(process_num)02d")
	}
}

func setDirectory(b *build, _ setting, t *text) error {
	b.p.Directory = t.s
	return nil
}

func setUmask(b *build, _ setting, t *text) (err error) {
	b.p.Umask, err = parseOctal(t.s)
	return err
}

// checkLines warns of what the file's grammar has made of a value.
func (b *build) checkLines() {
	for _, k := range b.keys {
		b.swallowed(k)
		if k.OpenQuote > 0 && (k.Name == "command" || k.Name == "environment") {
			b.warn(k, "a comment begins inside of quotation marks (line ", strconv.Itoa(k.OpenQuote),
				`): " ;" and " #" always begin one; take the blank before it away, or put the text into a script`)
		}
	}
}

// swallowed warns of a value that has taken in a line which looks like
// something else: supervisord's rule for continuation lines does that to an
// indented header or key without a word.
func (b *build) swallowed(k setting) {
	_, rest, more := strings.Cut(k.Value, "\n") // the key's own line is what it says
	if !more {
		return
	}
	for _, line := range strings.Split(rest, "\n") {
		name, _, ok := strings.Cut(line, "=")
		if strings.HasPrefix(line, "[program:") || ok && findKey(strings.TrimSpace(name)) != nil {
			b.warn(k, "the line ", strconv.Quote(line), " is part of this value, because it is indented more than the key")
		}
	}
}
