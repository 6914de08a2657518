package profile

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Command is a program as its section has it.
type Command struct {
	Argv      []string
	Dir       string      // where it runs, absolute
	Env       [2][]string // KEY=VALUE: what it inherits, and over it its own
	Name      string      // the profile that was chosen for it; "": recognise it
	Activated bool        // it is handed a listening socket, and may open none itself
}

// Profile is what is known of one program.
type Profile struct {
	Name string
	Argv []string // with what keeps it in the foreground
	Env  []string // that keeps it there

	Stop        []syscall.Signal // in turn, until it has ended
	Insist      bool             // again and again: it may lose them
	Group       bool             // they go to the whole process group
	InsistGroup bool             // all but the first do
	Quick       bool             // the last one is for the whole group, when the others have not helped; it is not repeated
	ExitCodes   []int            // of a good end, beside 0
	Reload      syscall.Signal   // 0: none
	Pause       syscall.Signal   // before a reload, so that workers take nothing new; 0: none
	Reloads     syscall.Signal   // caught by a process that can reload; 0: every one can
	NoReload    string           // why it does not reload, although others of its kind do; "": it does, or none does
	Reopen      syscall.Signal   // of its log files; 0: none
	Check       []string         // says by its exit code whether a reload would do; nil: none
	Debug       []string         // for a developer; nil: none

	Network, Address string // "unix" or "tcp", of a socket that is open when it is ready; "": unknown

	Findings []*Finding
}

// Finding is something that is wrong or odd.
type Finding struct {
	Severity  Severity
	File      string // "": the command
	Line      int
	Key       string
	Reason    string
	Unread    error // of File; nil: it has been read
	InSection string
}

// Severity is how bad a finding is.
type Severity int

// The severities.
const (
	Warning Severity = iota
	Refusal
	Missing // a file without which the program cannot run, but may be there later
)

// Known says whether there is a profile of this name.
func Known(name string) bool { return find(name) != nil }

// Names are those of all profiles.
func Names() []string {
	names := make([]string, 0, len(table))
	for i := range table {
		names = append(names, table[i].name)
	}
	return names
}

// Of is the profile of a program; nil: it is none that is known, or is not going
// to serve.
func Of(command Command) *Profile {
	if base := filepath.Base(command.Argv[0]); command.Name == "" && byCommand(base, "") == nil && wrapperOf(base) == nil && interpreted(base) == "" {
		return nil // nearly everything that is none, at no cost
	}
	c := locate(command)
	if c == nil || c.has(c.row.idle) != "" {
		return nil
	}
	r := c.row
	c.Name, c.Argv, c.Reload, c.Reopen = r.name, command.Argv, r.reload, r.reopen
	c.Check, c.Debug = c.with(r.check), c.and(r.debug)
	for _, sig := range r.stop {
		if sig != 0 {
			c.Stop = append(c.Stop, sig)
		}
	}
	if option := c.has(r.daemon); option != "" {
		c.refuse(option)
	}
	c.readAddress(&r.address)
	if r.read != nil && !r.read(c) && !c.opaque {
		return nil
	}
	if r.foreground != "" && c.has(r.held) == "" && !c.opaque {
		c.Argv = c.put(c.at+1, strings.Fields(r.foreground)...)
	}
	return &c.Profile
}

// call is the command line of a program whose row of the table is known.
type call struct {
	Profile // that is being made
	command Command
	row     *row
	words   []string // the command line that names the program: Argv, or that of a shell's -c
	at      int      // words[at] is the program's name
	shell   int      // Argv[shell] is the text that words come from; 0: none
	start   int      // where in Argv that shell begins
	unsure  bool     // the shell puts in something else for one of the words
	opaque  bool     // what the program's own words are is not known
	given   []string // KEY=VALUE on the command line
}

// args are the program's own words.
func (c *call) args() []string {
	if c.opaque {
		return nil
	}
	return c.words[c.at+1:]
}

// has returns the first of some words that is among the program's own; "": none.
func (c *call) has(words string) string {
	if words == "" {
		return ""
	}
	for _, arg := range c.args() {
		if arg == "--" {
			break
		}
		if listed(words, arg) {
			return arg
		}
	}
	return ""
}

// listed says whether a word is one of a list with blanks between.
func listed(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// option is the values of an option, in order: "-b X", "-bX", "--bind X" and
// "--bind=X".
func (c *call) option(names string) []string { return optionIn(c.args(), names) }

func optionIn(args []string, names string) (values []string) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			break
		}
		for _, name := range strings.Fields(names) {
			rest, ok := strings.CutPrefix(args[i], name)
			switch {
			case !ok:
				continue
			case rest == "":
				if i++; i < len(args) {
					values = append(values, args[i])
				}
			case strings.HasPrefix(name, "--") && rest[0] == '=':
				values = append(values, rest[1:])
			case len(name) == 2:
				values = append(values, rest)
			default:
				continue
			}
			break
		}
	}
	return values
}

// last is the last value of an option; "": it is not there.
func (c *call) last(names string) string {
	values := c.option(names)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// verb is the first word that is neither an option nor the value of one of
// those that are named.
func (c *call) verb(valued string) string {
	args := c.args()
	for i := 0; i < len(args); i++ {
		switch {
		case listed(valued, args[i]):
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

// environ is a variable as the program sees it.
func (c *call) environ(name string) string {
	for _, list := range [...][]string{c.given, c.command.Env[1], c.command.Env[0]} {
		for i := len(list) - 1; i >= 0; i-- {
			if v, ok := strings.CutPrefix(list[i], name); ok && strings.HasPrefix(v, "=") {
				return v[1:]
			}
		}
	}
	return ""
}

// put is the command with more words at a place of c.words.
func (c *call) put(at int, more ...string) []string {
	return c.rebuilt(inserted(c.words, at, more))
}

// inserted is words with more at a place.
func inserted(words []string, at int, more []string) []string {
	out := make([]string, 0, len(words)+len(more))
	return append(append(append(out, words[:at]...), more...), words[at:]...)
}

// rebuilt is the command with other words in the place of c.words.
func (c *call) rebuilt(words []string) []string {
	if c.shell == 0 {
		return words
	}
	var text strings.Builder
	for i, word := range words {
		if i > 0 {
			text.WriteByte(' ')
		}
		if !strings.Contains(word, "$") {
			word = shellWord(word)
		}
		text.WriteString(word)
	}
	argv := slices.Clone(c.command.Argv)
	argv[c.shell] = text.String()
	return argv
}

// plain is the command without a shell in it; nil: it needs one.
func (c *call) plain() (argv []string, at int) {
	switch {
	case c.unsure:
		return nil, 0
	case c.shell == 0:
		return slices.Clone(c.words), c.at
	}
	argv = slices.Clone(c.command.Argv[:c.start])
	words := c.words
	if words[0] != "exec" { // variables
		argv = append(argv, "env")
	}
	exec := slices.Index(words, "exec")
	argv = append(append(argv, words[:exec]...), words[exec+1:]...)
	return argv, len(argv) - len(c.args()) - 1
}

// with is the command with words behind the program's name, for somebody else to
// run; nil: there are none.
func (c *call) with(words string) []string {
	if words == "" {
		return nil
	}
	argv, at := c.plain()
	if argv == nil {
		return nil
	}
	return inserted(argv, at+1, strings.Fields(words))
}

// and is the command with words at its end; nil: there are none.
func (c *call) and(words string) []string {
	if words == "" {
		return nil
	}
	argv, _ := c.plain()
	if argv == nil {
		return nil
	}
	return append(argv, strings.Fields(words)...)
}

// path makes a path absolute.
func (c *call) path(name string) string { return Under(c.command.Dir, name) }

// refuse notes an option that sends the program to the background.
func (c *call) refuse(option string) {
	c.refuseAt(&Finding{}, strconv.Quote(option)+" ")
}

// refuseAt is refuse for a line of a file.
func (c *call) refuseAt(f *Finding, what string) {
	title := or(c.row.title, c.row.name)
	f.Severity = Refusal
	f.Reason = what + "would send " + title + " to the background; remove it, entry-point keeps " + title +
		" in the foreground and its output in the container's log"
	c.Findings = append(c.Findings, f)
}

// preloads notes that a reload would only start new workers from the code that the
// master has loaded before.
func (c *call) preloads(what string) {
	c.Reload, c.NoReload = 0, what+" does not load the code again: restart it"
}

// refuseVerb is refuse for a command that has to be another one.
func (c *call) refuseVerb(verb, fix string) {
	c.refuse(verb)
	f := c.Findings[len(c.Findings)-1]
	f.Reason, _, _ = strings.Cut(f.Reason, ";")
	f.Reason += "; " + fix
}

// Under is path as seen from dir.
func Under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
