package logs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// autoKey is what an AUTO file belongs to: all incarnations of a program write
// to one.
type autoKey struct{ program, stream, dir, identifier string }

func (p *Pump) autoPath(s *Stream, t *Target) (string, error) {
	key := autoKey{s.spec.Program, s.spec.Stream, t.Dir, t.Identifier}
	if path, ok := p.autos[key]; ok {
		return path, nil
	}
	f, err := os.CreateTemp(t.Dir, s.spec.shortName()+"-"+s.spec.Stream+"---"+t.Identifier+"-*.log")
	if err != nil {
		return "", &Error{"create a log file in", t.Dir, cause(err)}
	}
	f.Close()
	if p.autos == nil {
		p.autos = map[autoKey]string{}
	}
	p.autos[key] = f.Name()
	return f.Name(), nil
}

// cause takes the operation and the path off an error, which Error says.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// RemoveAutoLogs removes the AUTO logs that an earlier run with this identifier
// has left in dir, with their rotated files, as supervisord does at its start:
// NAME---IDENTIFIER-RANDOM.log and .log.N. Nothing else that has a similar name
// is touched, in particular not the logs of an identifier that begins with ours
// and goes on with a dash. Whoever calls it has made sure that no other instance
// with this identifier is running.
func RemoveAutoLogs(dir, identifier string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &Error{"read directory", dir, cause(err)}
	}
	var failed []error
	for _, e := range entries {
		if !e.Type().IsRegular() || !isAutoLog(e.Name(), identifier) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			failed = append(failed, &Error{"remove", path, cause(err)})
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
