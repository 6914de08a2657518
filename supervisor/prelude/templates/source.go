package templates

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/safefile"
)

// Options say what is to be made of what, and for whom.
type Options struct {
	Templates []config.Template
	Env       []string // NAME=VALUE, what templates see
	Declared  []string // variables that are wanted: they are empty where they are not set
	Dir       string   // where programs run that do not say where, absolute
	Programs  []*config.Program
	// For is the program that wants its files: those of other programs are left alone, but
	// not those of no known program. "": all are made.
	For string
	// Lenient lets a file be where no program is told of it, if its own place cannot be
	// written: debug mode's command may have no use for it.
	Lenient bool

	// Check runs the check of a program with other words, as the program is run, and says
	// why it has failed; nil: nothing is checked.
	Check func(p *config.Program, argv []string) error
	// Beside runs f where a file system that does not answer holds up nobody; its error
	// says that f has not come to its end. nil: f is called.
	Beside func(f func()) error

	dry bool // nothing is made
}

// File is a file that is made of a template.
type File struct {
	safefile.File
	Source, Target string
	Used, Left     []string // see Text

	substitute bool   // as envsubst does it
	origin     string // where the configuration has it; "": it lies in nginx's folder
	path       string // where it goes: Target, or in the tree
	changed    bool   // there is something else at path
}

// Error is what is wrong with templates; a line for each mistake.
type Error struct {
	lines []string
	cause error // of the check of a program; nil: it is another mistake
}

func (e *Error) Error() string { return strings.Join(e.lines, "\n") }

// Unwrap is the error of the check of a program, which may be no mistake of the user's.
func (e *Error) Unwrap() error { return e.cause }

// ExitCode is that of a mistake of the user's.
func (*Error) ExitCode() int { return 78 }

func (e *Error) add(subject, reason string) { e.lines = append(e.lines, subject+": "+reason) }

// sources are the templates that there are.
func (o *Options) sources(wrong *Error) (files []*File) {
	for i := range o.Templates {
		t := &o.Templates[i]
		f := &File{Source: t.Source, Target: t.Target, origin: t.Place, File: safefile.File{UID: -1, GID: -1, Mode: t.Mode}}
		if t.Owner != "" {
			uid, gid, err := config.FindOwner(t.Owner)
			if err != nil {
				wrong.add(t.Place, err.Error())
			}
			f.UID, f.GID = uid, gid
		}
		files = append(files, f)
	}
	files = append(files, o.nginxFolder(wrong)...)
	for i, f := range files {
		for _, other := range files[:i] {
			if other.Target == f.Target {
				wrong.add(f.subject(), f.Target+" is already made of "+other.Source)
			}
		}
	}
	return files
}

// subject is what a message about a file begins with.
func (f *File) subject() string {
	if f.origin == "" {
		return f.Source
	}
	return f.origin + ": " + f.Source
}

// NginxFolder is where nginx's image has its templates, if the environment does not say
// otherwise.
const NginxFolder = "/etc/nginx/templates"

// nginxConf is the main file of nginx's image.
const nginxConf = "/etc/nginx/nginx.conf"

// Folder is the directory of nginx's templates.
func Folder(env []string) string { return setting(env, "TEMPLATE_DIR", NginxFolder) }

// WantsFolder says whether nginx's templates are looked for: for an nginx, as its image
// does, or because somebody names the directory.
func WantsFolder(getenv func(name string) string, programs []*config.Program) bool {
	return getenv("NGINX_ENVSUBST_TEMPLATE_DIR") != "" || slices.ContainsFunc(programs, isNginx)
}

func isNginx(p *config.Program) bool { return p.Profile == "nginx" }

// setting is one of the variables of nginx's image; an empty one is as good as none.
func setting(env []string, name, usual string) string {
	if v := environ.Value(env, "NGINX_ENVSUBST_"+name); v != "" {
		return v
	}
	return usual
}

// nginxFolder are the templates of nginx's folder.
func (o *Options) nginxFolder(wrong *Error) (files []*File) {
	if !WantsFolder(func(name string) string { return environ.Value(o.Env, name) }, o.Programs) {
		return nil
	}
	folder := filepath.Clean(Folder(o.Env))
	for _, kind := range [...][2]string{
		{setting(o.Env, "TEMPLATE_SUFFIX", ".template"), setting(o.Env, "OUTPUT_DIR", "/etc/nginx/conf.d")},
		{setting(o.Env, "STREAM_TEMPLATE_SUFFIX", ".stream-template"), setting(o.Env, "STREAM_OUTPUT_DIR", "/etc/nginx/stream-conf.d")},
	} {
		if slices.ContainsFunc(files, func(f *File) bool { return strings.HasSuffix(f.Source, kind[0]) }) {
			continue // both have the same suffix
		}
		var names []string
		o.list(folder, "", kind[0], 0, &names, wrong)
		slices.Sort(names)
		for _, name := range names {
			files = append(files, &File{
				Source: folder + "/" + name, Target: filepath.Clean(kind[1] + "/" + strings.TrimSuffix(name, kind[0])),
				File: safefile.File{UID: -1, GID: -1, Mode: config.TemplateMode}, substitute: true,
			})
		}
	}
	return files
}

// maxFolder is how many templates a folder may have, and how deep it may be.
const (
	maxFolder      = 1000
	maxFolderDepth = 16
)

// list finds the files below a directory whose names have a suffix. What begins with ".."
// are the versions of a ConfigMap, which its links lead to.
func (o *Options) list(dir, below, suffix string, depth int, names *[]string, wrong *Error) {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		if !(depth == 0 && errors.Is(err, os.ErrNotExist)) {
			wrong.add(dir, "cannot read it: "+err.Error())
		}
		return
	}
	defer d.Close()
	if uid, foreign := d.Owner(); foreign && os.Geteuid() == 0 {
		for _, p := range o.Programs {
			if p.User != nil && int(p.User.UID) == uid {
				wrong.add(dir, "it belongs to "+p.User.Name+", the user of program "+p.FullName()+
					", who could decide which files root overwrites; let it belong to root, or mount it read-only from a directory of root's")
				return
			}
		}
	}
	list, err := d.Names()
	if err != nil || len(list)+len(*names) > maxFolder || depth > maxFolderDepth {
		reason := "it has too many files for templates"
		if err != nil {
			reason = "cannot read it: " + err.Error()
		}
		wrong.add(dir, reason)
		return
	}
	for _, name := range list {
		info, err := os.Stat(dir + "/" + name)
		switch {
		case strings.HasPrefix(name, ".."):
		case err == nil && info.IsDir():
			o.list(dir+"/"+name, below+name+"/", suffix, depth+1, names, wrong)
		case strings.HasSuffix(name, suffix) && name != suffix:
			*names = append(*names, below+name)
		}
	}
}

// render reads the template of a file and puts the variables in.
func (o *Options) render(f *File, names *filter) (reasons []string) {
	source, info, err := safefile.OpenRegular(f.Source)
	if err != nil {
		return []string{"cannot read the template: " + reasonOf(err)}
	}
	defer source.Close()
	data, err := io.ReadAll(io.LimitReader(source, limit+1))
	switch {
	case err != nil:
		return []string{"cannot read the template: " + reasonOf(err)}
	case len(data) > limit:
		return []string{"the template is larger than 16 MB"}
	}
	if target, err := os.Stat(f.Target); err == nil && os.SameFile(target, info) {
		return []string{"the template would replace itself"}
	}
	if f.Mode == config.TemplateMode {
		f.Mode = uint32(info.Mode().Perm())
	}
	f.Data = string(data)
	if strings.IndexByte(f.Data, 0) >= 0 {
		return nil
	}
	text := Text{}
	if f.substitute {
		text = Substitute(f.Data, func(name string) (string, bool) {
			v, found := environ.Lookup(o.Env, name)
			return v, found && names.Matches(name)
		})
	} else {
		text = Expand(f.Data, func(name string) (string, bool) {
			v, found := environ.Lookup(o.Env, name)
			return v, found || slices.Contains(o.Declared, name)
		})
	}
	f.Data, f.Used, f.Left = text.Out, text.Used, text.Left
	if len(f.Data) > limit {
		text.Wrong = append(text.Wrong, "with its variables it is larger than 16 MB")
	}
	return text.Wrong
}

// reasonOf is an error without the path, which has been said.
func reasonOf(err error) string {
	if failed := (*os.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	return err.Error()
}

// modeText is permissions as people write them.
func modeText(mode uint32) string { return "0" + strconv.FormatUint(uint64(mode), 8) }
