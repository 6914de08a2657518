package templates

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/profile"
	"entrypoint/supervisor/safefile"
)

// Result is what Run has done.
type Result struct {
	Changed, Unchanged int // how many files
	// Moved are the files whose own place cannot be written, and where they are.
	Moved []profile.Moved
	// Programs are the names of those that are known to use a file that has changed.
	Programs []string
	Notes    []string // what somebody may like to know
}

// Set is the files of all templates, ready to be put in their places.
type Set struct {
	o     *Options
	files []*File
	root  string // of the tree of files whose place cannot be written; "": there are none
	tree  *tree
	notes []string
}

// Prepare reads the templates and looks what there is to do. nil: there are no templates.
// The error, an *Error, has everything that is wrong.
func Prepare(o *Options) (*Set, error) {
	wrong := &Error{}
	files := o.sources(wrong)
	if len(files) == 0 && len(wrong.lines) == 0 {
		return nil, nil
	}
	names, err := parseFilter(setting(o.Env, "FILTER", ""))
	if err != nil {
		wrong.add("NGINX_ENVSUBST_FILTER", err.Error())
		names = &filter{kind: '.'}
	}
	s := &Set{o: o, files: files}
	if o.For != "" {
		s.leaveOthers()
	}
	for _, f := range s.files {
		for _, reason := range o.render(f, names) {
			wrong.add(f.subject(), reason)
		}
	}
	if len(wrong.lines) > 0 {
		return nil, wrong
	}
	s.addStream()
	for _, f := range s.files {
		if err := s.place(f); err != nil {
			wrong.add(f.subject(), "cannot write "+f.Target+": "+err.Error())
		}
	}
	if len(wrong.lines) > 0 {
		return nil, wrong
	}
	return s, s.moved()
}

// leaveOthers leaves out the files of other programs than the one that wants its own.
func (s *Set) leaveOthers() {
	t := s.plan("", func(*File) bool { return true })
	s.files = nil
	for i, f := range t.from {
		wanted, used := false, false
		for n, p := range s.o.Programs {
			wanted = wanted || p.FullName() == s.o.For && t.uses[n][i]
			used = used || t.uses[n][i]
		}
		if wanted || !used {
			s.files = append(s.files, f)
		}
	}
}

// place decides where a file goes, and whether it is there already.
func (s *Set) place(f *File) error {
	f.path = f.Target
	is, err := safefile.Installed(f.Target, f.File)
	if is {
		return nil
	}
	f.changed = true
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = safefile.Installable(f.Target)
	}
	if !unwritable(err) {
		return err
	}
	if s.root == "" {
		if s.root, err = privateRoot(s.o.Env, "entry-point-templates", s.o.dry); err != nil {
			return err
		}
	}
	f.path = s.root + f.Target
	return nil
}

// unwritable says whether an error is that of a place where nothing may be written.
func unwritable(err error) bool {
	return errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

// moved plans the tree of the files that cannot be in their places. Each has to have a
// program that is told.
func (s *Set) moved() error {
	if s.root == "" {
		return nil
	}
	s.tree = s.plan(s.root, func(f *File) bool { return f.path != f.Target })
	s.tree.some = s.o.For != ""
	wrong := &Error{}
	for i, f := range s.tree.from {
		f.changed = s.tree.differs(s.tree.files[i])
		switch {
		case s.tree.isUsed(i):
		case s.o.Lenient:
			s.notes = append(s.notes, "nothing may be written at "+f.Target+", and the command does not name it; it is at "+f.path)
		default:
			wrong.add(f.subject(), "cannot write "+f.Target+": nothing may be written there, and no program is known whose command line could name another file; "+
				"mount a tmpfs there (docker run --tmpfs "+filepath.Dir(f.Target)+"), or let the template be made somewhere else")
		}
	}
	if len(wrong.lines) > 0 {
		return wrong
	}
	return nil
}

// addStream gives nginx's main file a stream block, as nginx's image does, if there are
// stream templates and it has none.
func (s *Set) addStream() {
	var dir, main string
	for _, f := range s.files {
		suffix := setting(s.o.Env, "STREAM_TEMPLATE_SUFFIX", ".stream-template")
		if f.substitute && strings.HasSuffix(f.Source, suffix) {
			dir, main = setting(s.o.Env, "STREAM_OUTPUT_DIR", "/etc/nginx/stream-conf.d"), nginxConf
		}
	}
	if dir == "" {
		return
	}
	for _, p := range s.o.Programs {
		if file := s.nginxMain(p); file != "" {
			main = file
		}
	}
	i := slices.IndexFunc(s.files, func(f *File) bool { return f.Target == main })
	if i < 0 {
		data, mode, err := readConf(main)
		if err != nil {
			return // nginx says so
		}
		i = len(s.files)
		s.files = append(s.files, &File{Source: main, Target: main, File: safefile.File{Data: data, Mode: mode, UID: -1, GID: -1}})
	}
	f := s.files[i]
	switch {
	case !profile.HasBlock(f.Data, "stream"):
		f.Data += "\n# added by entry-point for the stream templates\nstream {\n    include " + dir + "/*.conf;\n}\n"
	case f.Source == main: // it is as it was
		s.files = s.files[:i]
	}
}

// readConf reads a configuration file of a server.
func readConf(path string) (data string, mode uint32, err error) {
	f, info, err := safefile.OpenRegular(path)
	if err != nil {
		return "", 0, err
	}
	_ = f.Close()
	text, err := safefile.Read(path, limit)
	return string(text), uint32(info.Mode().Perm()), err
}

// exists says whether a file is there, or will be.
func (s *Set) exists(path string) bool {
	if slices.ContainsFunc(s.files, func(f *File) bool { return f.Target == path }) {
		return true
	}
	_, err := os.Stat(path)
	return err == nil
}

// Run makes all files of templates, those only that differ. The error has ExitCode.
func Run(o Options) (r Result, err error) {
	var s *Set
	if o.Beside == nil {
		o.Beside = func(f func()) error { f(); return nil }
	}
	if failed := o.Beside(func() { s, err = Prepare(&o) }); failed != nil {
		return r, failed
	}
	if s == nil || err != nil {
		return r, err
	}
	return s.run()
}

func (s *Set) run() (r Result, err error) {
	r.Moved, r.Notes = s.Moved(), s.notes
	for _, f := range s.files {
		if f.changed {
			r.Changed++
		} else {
			r.Unchanged++
		}
	}
	if r.Changed == 0 && s.tree == nil { // what lies beside the files of a tree may have changed
		return r, nil
	}
	if r.Programs, err = s.judge(); err != nil {
		return r, err
	}
	if failed := s.o.Beside(func() { err = s.install() }); failed != nil {
		err = failed
	}
	r.Notes = s.notes
	return r, err
}

// Moved are the files that are not in their own places, and of which a program is told.
func (s *Set) Moved() (list []profile.Moved) {
	if s.tree == nil {
		return nil
	}
	for i, m := range s.tree.moves() {
		if i >= s.tree.own || s.tree.isUsed(i) {
			list = append(list, m)
		}
	}
	return list
}

// judge runs the checks of the programs that use a file that has changed, on a tree of
// what is to be, and returns the names of these programs.
func (s *Set) judge() (programs []string, err error) {
	var t *tree
	failed := s.o.Beside(func() {
		wanted := func(f *File) bool { return f.changed || f.path != f.Target }
		if t = s.plan("", wanted); !s.checked(t) {
			return
		}
		root, none := privateRoot(s.o.Env, "entry-point-templates-new", false)
		if none != nil {
			s.notes = append(s.notes, "the new files are not checked before they replace the old ones: "+none.Error())
			return
		}
		t = s.plan(root, wanted)
		err = t.build()
	})
	if failed != nil {
		return nil, failed
	}
	if t.root != "" {
		defer func() { _ = s.o.Beside(t.remove) }()
	}
	if err != nil {
		return nil, err
	}
	moves := t.moves()
	for n, p := range s.o.Programs {
		if !t.usesChanged(n) {
			continue
		}
		programs = append(programs, p.FullName())
		if t.root == "" || p.ReloadCheck == nil {
			continue
		}
		argv, used := profile.Redirect(s.o.command(p, p.ReloadCheck), moves)
		if !slices.Contains(used, true) {
			continue // it cannot see them; a reload checks what is there then
		}
		if failed := s.o.Check(p, argv); failed != nil {
			return nil, s.refusedBy(p, t, n, failed)
		}
	}
	return programs, nil
}

// checked says whether there is a check of a program that uses a file that has changed.
func (s *Set) checked(t *tree) bool {
	for n, p := range s.o.Programs {
		if p.ReloadCheck != nil && s.o.Check != nil && t.usesChanged(n) {
			return true
		}
	}
	return false
}

// refusedBy is the error where the check of a program does not like what templates have
// become.
func (s *Set) refusedBy(p *config.Program, t *tree, n int, cause error) error {
	var sources []string
	for i, f := range t.from {
		if f.changed && t.uses[n][i] {
			sources = append(sources, f.Source)
		}
	}
	wrong := &Error{}
	text := strings.ReplaceAll(cause.Error(), t.root+"/", "/") // the files have not been there
	wrong.add(strings.Join(sources, ", "), "program "+p.FullName()+" does not take what it has become: "+text)
	wrong.cause = cause
	return wrong
}

// install puts the files in their places.
func (s *Set) install() error {
	wrong := &Error{}
	if s.tree != nil {
		if err := s.tree.build(); err != nil {
			wrong.add(s.tree.root, err.Error())
		}
	}
	for _, f := range s.files {
		if !f.changed || f.path != f.Target {
			continue
		}
		err := safefile.MkdirAll(filepath.Dir(f.path), 0o755)
		if err == nil {
			_, err = safefile.Install(f.path, f.File)
		}
		if errors.Is(err, unix.EBUSY) {
			err = errors.New("it is mounted there by itself; mount its directory instead")
		}
		if err != nil {
			wrong.add(f.subject(), "cannot write "+f.path+": "+err.Error())
		}
	}
	if len(wrong.lines) > 0 {
		return wrong
	}
	return nil
}

// Mistakes are what is written wrongly in templates, whatever the environment has.
func Mistakes(o Options) (lines []string) {
	for _, f := range o.sources(&Error{}) {
		text, _, err := readConf(f.Source)
		if f.substitute || err != nil || strings.IndexByte(text, 0) >= 0 {
			continue
		}
		for _, reason := range Expand(text, func(string) (string, bool) { return "x", true }).Wrong {
			lines = append(lines, f.subject()+": "+reason)
		}
	}
	return lines
}

// Explain says what Run would do; mistakes are lines as well.
func Explain(o Options) (lines []string) {
	o.dry = true
	s, err := Prepare(&o)
	if err != nil {
		return strings.Split(err.Error(), "\n")
	}
	if s == nil {
		return nil
	}
	for _, f := range s.files {
		owner := "ours"
		switch {
		case f.UID >= 0:
			owner = strconv.Itoa(f.UID)
			if f.GID >= 0 {
				owner += ":" + strconv.Itoa(f.GID)
			}
		case os.Geteuid() == 0:
			owner = "root"
		}
		line := "would make " + f.path
		if !f.changed {
			line = "leaves " + f.path
		}
		line += " of " + f.Source + " (" + modeText(f.Mode) + ", " + owner + ")"
		if !f.changed {
			line += ", it is so already"
		}
		if len(f.Used) > 0 {
			line += ", variables: " + strings.Join(f.Used, ", ")
		}
		if len(f.Left) > 0 {
			line += ", not set and left as they are: " + strings.Join(f.Left, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

// command is a command of a program, for package profile.
func (o *Options) command(p *config.Program, argv []string) profile.Command {
	return profile.Command{Argv: argv, Dir: profile.Under(o.Dir, p.Directory), Env: [2][]string{o.Env, p.Environment}}
}
