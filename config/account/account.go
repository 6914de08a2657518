package account

import (
	"strconv"
	"strings"
)

// The fields of a line of passwd that we have a use for; those of group have the same
// places, without a home.
const (
	nameField = 0
	uidField  = 2
	gidField  = 3
	homeField = 5
)

// Entry is what a line of passwd says of a user.
type Entry struct {
	Name     string
	UID, GID int
	Home     string
}

// ByName finds a user in the text of passwd. The first line counts, as for getpwnam(3).
func ByName(passwd, name string) (e Entry, found bool) {
	return first(passwd, func(e *Entry) bool { return e.Name == name })
}

// ByUID is ByName for a number.
func ByUID(passwd string, uid int) (e Entry, found bool) {
	return first(passwd, func(e *Entry) bool { return e.UID == uid })
}

func first(passwd string, is func(*Entry) bool) (e Entry, found bool) {
	for _, line := range strings.Split(passwd, "\n") {
		if e, ok := parse(line); ok && is(&e) {
			return e, true
		}
	}
	return Entry{}, false
}

// parse reads a line of passwd; false: it is no entry.
func parse(line string) (e Entry, is bool) {
	fields := strings.Split(strings.TrimRight(line, "\r\n"), ":")
	if len(fields) <= gidField || fields[nameField] == "" || line[0] == '#' {
		return e, false
	}
	uid, err1 := strconv.Atoi(fields[uidField])
	gid, err2 := strconv.Atoi(fields[gidField])
	if err1 != nil || err2 != nil {
		return e, false
	}
	e = Entry{Name: fields[nameField], UID: uid, GID: gid, Home: "/"}
	if len(fields) > homeField && fields[homeField] != "" {
		e.Home = fields[homeField]
	}
	return e, true
}

// Names are the users of passwd, or the groups of group.
func Names(text string) (names []string) {
	for _, line := range strings.Split(text, "\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && name != "" && name[0] != '#' {
			names = append(names, name)
		}
	}
	return names
}

// GroupName is the name of a group in the text of group; "": it has none.
func GroupName(group string, gid int) string {
	for _, line := range strings.Split(group, "\n") {
		if fields := strings.Split(strings.TrimRight(line, "\r\n"), ":"); isGroup(fields, gid) {
			return fields[nameField]
		}
	}
	return ""
}

// isGroup says whether the fields of a line of group are those of a group of that number.
func isGroup(fields []string, gid int) bool {
	return len(fields) > uidField && fields[nameField] != "" && fields[nameField][0] != '#' && fields[uidField] == strconv.Itoa(gid)
}

// Line is an entry of passwd. Whoever makes it has a number and no password.
func Line(e *Entry) string {
	return e.Name + ":x:" + strconv.Itoa(e.UID) + ":" + strconv.Itoa(e.GID) + ":" + e.Name + ":" + e.Home + ":/sbin/nologin\n"
}

// IsName says whether a text can be the name of a user in passwd.
func IsName(s string) bool {
	if s == "" || len(s) > 32 || strings.Trim(s, "0123456789") == "" || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}
