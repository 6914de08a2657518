package secret

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Shown stands in the place of a secret.
const Shown = "***"

// How long a value has to be, in bytes.
const (
	least = 4 // else it is not masked
	plain = 8 // else it is masked where it stands alone only
)

// most is how many old values are kept beside those that have come last. A token that is
// renewed every hour fills that in a year.
const most = 10_000

// List is the values that are masked. The zero List has none, and costs nothing. Any
// goroutine may use it.
type List struct {
	mu  sync.Mutex // of Learn
	set atomic.Pointer[set]
}

// set is what a List has at one time. It is never changed.
type set struct {
	recent []string   // those that have come last are the first
	sorted []string   // the same
	at     [257]int32 // where the values with this first byte begin in sorted
}

// Learn adds values, and keeps those that are there. One that is a name is no secret, and
// is not kept either; nil: none is.
func (l *List) Learn(values []string, name func(value string) bool) {
	if len(values) == 0 && l.set.Load() == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, v := range values {
		all = spread(all, v)
	}
	fresh := len(all)
	if old := l.set.Load(); old != nil {
		all = append(all, old.recent...)
	}
	seen := map[string]bool{}
	s := &set{}
	for _, v := range all {
		if !seen[v] && len(s.recent) < fresh+most && (name == nil || !name(v)) {
			seen[v] = true
			s.recent = append(s.recent, v)
		}
	}
	if s.recent == nil {
		l.set.Store(nil)
		return
	}
	s.sorted = slices.Clone(s.recent)
	slices.Sort(s.sorted)
	i := 0
	for c := range s.at {
		for i < len(s.sorted) && int(s.sorted[i][0]) < c {
			i++
		}
		s.at[c] = int32(i)
	}
	l.set.Store(s)
}

// spread adds what is masked of a value: all of it, and its lines.
func spread(list []string, value string) []string {
	value = strings.Trim(value, " \t\r\n")
	if len(value) < least || common(value) {
		return list
	}
	list = append(list, value)
	for rest := value; strings.IndexByte(value, '\n') >= 0 && rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if line = strings.Trim(line, " \t\r"); len(line) >= plain && !strings.HasPrefix(line, "-----") {
			list = append(list, line)
		}
	}
	return list
}

// common says whether a value stands in many lines by chance.
func common(value string) bool {
	if len(value) < 6 && strings.Trim(value, "0123456789") == "" {
		return true
	}
	return strings.Contains(" true false none null auto ", " "+strings.ToLower(value)+" ")
}
