package setup

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/safefile"
)

// The markers' names are those of the shell script that entry-point replaces.
const (
	marker      = "debug0" // the first start is done
	debugMarker = "debug1" // debug mode was chosen
)

// DebugMarked reports whether dir is marked for debug mode in this container. note is
// why a marker that is there does not count; "": it does, or there is none.
func DebugMarked(dir string) (marked bool, note string) {
	owner, there, err := ownerOf(dir, debugMarker)
	switch {
	case err != nil:
		return false, err.Error() + "; it is ignored"
	case !there:
		return false, ""
	case owner == here():
		return true, ""
	}
	return false, stray(debugMarker, owner) + "; it is ignored, and -d would write one for here"
}

// MarkDebug marks dir for debug mode, in this container. A restart finds the mark, and
// writes nothing.
func MarkDebug(dir string) error {
	us := here()
	if owner, _, err := ownerOf(dir, debugMarker); err == nil && owner == us {
		return nil
	}
	text := "; Debug mode was chosen by -d. Without this file a restart runs production mode.\n" + ownerKey + " = " + us + "\n"
	if err := create(filepath.Join(dir, debugMarker), syscall.O_TRUNC, text); err != nil {
		return markerError("write", debugMarker, err)
	}
	return nil
}

// markFirstStart writes a debug0 without steps if there was nothing to install, as the
// tutorial's script does. If it cannot be written, nothing is lost, so nothing is logged.
func (o *Options) markFirstStart() {
	dir := o.Dir
	if _, err := os.Lstat(filepath.Join(dir, marker)); err == nil {
		return
	}
	r := &record{complete: time.Now(), owner: o.owner()}
	_ = create(filepath.Join(dir, marker), syscall.O_EXCL, r.String())
}

// create makes a small file without package os: with it, the first file that is opened
// costs five more system calls at the start, for a poller that regular files do not need.
func create(path string, flags int, text string) error {
	fd, err := safefile.Open(path, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_NONBLOCK|flags, 0o644)
	if err != nil {
		return err
	}
	if text != "" {
		_, err = syscall.Write(fd, []byte(text))
	}
	return errors.Join(err, syscall.Close(fd))
}

// UnmarkDebug removes the mark.
func UnmarkDebug(dir string) error {
	err := safefile.Remove(filepath.Join(dir, debugMarker))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return markerError("remove", debugMarker, err)
	}
	return nil
}

func markerError(verb, name string, err error) error {
	return errors.New("cannot " + verb + " marker " + strconv.Quote(name) + ": " + cause(err).Error())
}

// cause strips the operation and the path that package os puts before an error.
func cause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	if e := (*os.LinkError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// record is the content of debug0.
type record struct {
	complete time.Time // when every step had succeeded for the first time
	owner    string    // the container or machine it is for; "": written by an older version
	steps    map[string]*entry
	note     string // why an existing file does not count as a record
	// own are the files that tools made when we ran them, with the hash of each at the end
	// of that run; "": the run has not ended. They do not count as declarations.
	own map[string]string
}

// entry is what is known of one successful step.
type entry struct {
	hash        string // of the step's inputs
	arch        string
	tool        string
	version     string   // of the interpreter
	fingerprint string   // of the fingerprint file (recipe.fingerprintFile)
	evidence    []string // paths that vanish when what was installed does
	installed   time.Time
	took        time.Duration
}

const format = "1"

// The names of these keys in debug0 are older than our words for them, and stay: a marker
// on a volume outlives the version that has written it.
const (
	fingerprintKey = "anchor"
	evidenceKey    = "witness"
)

// unfinishedRun stands in place of a file's hash while the run that makes it has not ended.
const unfinishedRun = "-"

// maxRecord is more than the steps and the evidence of any debug0 take, in bytes.
const maxRecord = 16 << 20

// readRecord reads debug0. A file that is missing, or not ours, is an empty
// record: then the steps run, which is right whatever the reason.
func readRecord(dir string) *record {
	empty := func(note string) *record {
		return &record{steps: map[string]*entry{}, own: map[string]string{}, note: note}
	}
	data, err := safefile.Read(filepath.Join(dir, marker), maxRecord)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return empty("")
	case err != nil:
		return empty(markerError("read", marker, err).Error())
	case len(strings.TrimSpace(string(data))) == 0:
		return empty("marker " + strconv.Quote(marker) + " is empty, as a script leaves it: it does not say what was installed")
	}
	r := empty("")
	if !r.parse(string(data)) {
		return empty("marker " + strconv.Quote(marker) + " is not in a form that this version knows: counts as none")
	}
	return r
}

func (r *record) parse(text string) bool {
	known := false
	var e *entry
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			if name, ok := strings.CutPrefix(strings.TrimSuffix(line, "]"), "[step:"); ok {
				e = &entry{}
				r.steps[name] = e
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return false
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case e != nil:
			e.set(key, value)
		case key == "format":
			known = value == format
		case key == ownerKey:
			r.owner = value
		case key == "complete":
			r.complete, _ = time.Parse(time.RFC3339, value)
		case key == "own":
			hash, name, _ := strings.Cut(value, " ")
			r.own[name] = strings.TrimPrefix(hash, unfinishedRun)
		}
	}
	return known
}

func (e *entry) set(key, value string) {
	switch key {
	case "hash":
		e.hash = value
	case "architecture":
		e.arch = value
	case "tool":
		e.tool = value
	case "version":
		e.version = value
	case fingerprintKey:
		e.fingerprint = value
	case evidenceKey:
		e.evidence = append(e.evidence, value)
	case "installed":
		e.installed, _ = time.Parse(time.RFC3339, value)
	case "took":
		e.took, _ = time.ParseDuration(value)
	}
}

func (r *record) String() string {
	b := markerText("; What entry-point's first-start setup installed. Without this file it installs again.\n" +
		"[setup]\nformat = " + format + "\n")
	b.put(ownerKey, r.owner)
	if !r.complete.IsZero() {
		b.put("complete", r.complete.UTC().Format(time.RFC3339))
	}
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		b.put("own", cmp.Or(r.own[name], unfinishedRun)+" "+name)
	}
	for _, name := range stepNames() {
		e := r.steps[name]
		if e == nil {
			continue
		}
		b = append(b, "\n[step:"+name+"]\n"...)
		b.put("installed", e.installed.UTC().Format(time.RFC3339))
		b.put("took", e.took.Round(time.Millisecond).String())
		b.put("tool", e.tool)
		b.put("version", e.version)
		b.put("architecture", e.arch)
		b.put("hash", e.hash)
		b.put(fingerprintKey, e.fingerprint)
		for _, w := range e.evidence {
			b.put(evidenceKey, w)
		}
	}
	return string(b)
}

// markerText is the text of a marker, while it grows.
type markerText []byte

// put adds a key, if it has a value that can be read again: one line.
func (b *markerText) put(key, value string) {
	if value != "" && !strings.ContainsAny(value, "\r\n") {
		*b = append(*b, key+" = "+value+"\n"...)
	}
}

// stepNames are the sections of debug0 in the order of the steps.
func stepNames() []string {
	names := []string{osFile, pythonFile}
	for i := range languages {
		names = append(names, languages[i].file)
	}
	return names
}

// owner is whom a debug0 is for that is written now.
func (o *Options) owner() string {
	if o.Image && InImage(o.Dir) {
		return imageOwner
	}
	return here()
}

// finished says whether the first start is over in this container, or in the making of
// its image. What another container has noted on a volume, or left in a source tree,
// says nothing of it.
func (s *setup) finished() bool {
	r := s.record
	return !r.complete.IsZero() && (r.owner == "" || r.owner == imageOwner || r.owner == here())
}

// write replaces debug0 in one rename: a reader, and whoever comes after kill -9,
// finds the old record or the new one.
func (r *record) write(dir string) error {
	if err := safefile.Replace(filepath.Join(dir, marker), []byte(r.String()), 0o644); err != nil {
		return markerError("write", marker, err)
	}
	return nil
}

// sweepMarkers removes what writers of debug0 that were killed have left. The
// caller holds the lock, so that no writer is at work.
func sweepMarkers(dir string) {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Names()
	for _, name := range names {
		number, ok := strings.CutPrefix(name, "."+marker)
		if ok && number != "" && strings.Trim(number, "0123456789") == "" {
			_ = d.Remove(name)
		}
	}
}
