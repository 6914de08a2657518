package logs

import (
	"errors"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/safefile"
)

// AutoLogs is the key of package offload for all that is done with AUTO files: while
// those of an earlier run are being removed, no new one may come.
const AutoLogs = "AUTO log files"

// autoKey is what an AUTO file belongs to: all incarnations of a program write
// to one.
type autoKey struct{ program, stream, dir, identifier string }

func (p *Pump) autoPath(s *Stream, t *Target) (string, error) {
	key := autoKey{s.spec.Program, s.spec.Stream, t.Dir, t.Identifier}
	if path, ok := p.autos[key]; ok {
		return path, nil
	}
	path, err := offload.Do(p.asks, offload.Call{Key: AutoLogs, What: "create a log file for " + s.spec.Program + " (" + s.spec.Stream + ")", Path: t.Dir}, func() (string, error) {
		return createAuto(t.Dir, s.spec.shortName()+"-"+s.spec.Stream+"---"+t.Identifier+"-")
	}, func(path string) { _ = safefile.Remove(path) })
	if err != nil {
		return "", err
	}
	if p.autos == nil {
		p.autos = map[autoKey]string{}
	}
	p.autos[key] = path
	return path, nil
}

func createAuto(dir, prefix string) (path string, err error) {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		return "", &Error{"create a log file in", dir, err}
	}
	defer d.Close()
	fd, name, err := d.Create(prefix, ".log", 0o600)
	if err != nil {
		return "", &Error{"create a log file in", dir, err}
	}
	unix.Close(fd)
	return filepath.Join(dir, name), nil
}

// RemoveAutoLogs removes the AUTO logs that an earlier run with this identifier
// has left in dir, with their rotated files, as supervisord does at its start:
// NAME---IDENTIFIER-RANDOM.log and .log.N. Nothing else that has a similar name
// is touched, in particular not the logs of an identifier that begins with ours
// and goes on with a dash. Whoever calls it has made sure that no other instance
// with this identifier is running.
func RemoveAutoLogs(dir, identifier string) error {
	d, err := safefile.OpenDir(dir)
	if err != nil {
		return &Error{"read directory", dir, err}
	}
	defer d.Close()
	names, err := d.Names()
	if err != nil {
		return &Error{"read directory", dir, err}
	}
	var failed []error
	for _, name := range names {
		if !isAutoLog(name, identifier) {
			continue
		}
		if st, err := d.Lstat(name); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			continue
		}
		if err := d.Remove(name); err != nil && !errors.Is(err, unix.ENOENT) {
			failed = append(failed, &Error{"remove", filepath.Join(dir, name), err})
		}
	}
	return errors.Join(failed...)
}

// isAutoLog is the pattern NAME---IDENTIFIER-RANDOM.log[.N], of which RANDOM is
// what mkstemp of Python or os.CreateTemp makes.
func isAutoLog(name, identifier string) bool {
	base, number, rotated := cutLast(name, ".log")
	if rotated && number != "" {
		if number = strings.TrimPrefix(number, "."); number == "" || len(number) > 9 || strings.Trim(number, "0123456789") != "" {
			return false
		}
	}
	program, random, found := cutLast(base, "---"+identifier+"-")
	if !rotated || !found || program == "" || random == "" {
		return false
	}
	for _, c := range []byte(random) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
