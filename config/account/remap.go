package account

import (
	"strconv"
	"strings"
)

// Remap is a user with other numbers than passwd has for him.
type Remap struct {
	Name     string
	UID, GID int // Keep: the number stays
}

// Keep stands for a number that stays as it is.
const Keep = -1

// Apply returns the text of passwd and group with the numbers of r. Where the user is not
// in passwd, or has the numbers, nothing changes.
func (r *Remap) Apply(passwd, group string) (newPasswd, newGroup string) {
	e, found := ByName(passwd, r.Name)
	if !found {
		return passwd, group
	}
	if r.GID != Keep && r.GID != e.GID && e.GID != 0 && !shared(passwd, &e) {
		group = change(group, func(fields []string) bool { return isGroup(fields, e.GID) }, uidField, r.GID)
	}
	his := func(fields []string) bool { return len(fields) > gidField && fields[nameField] == r.Name }
	if r.UID != Keep {
		passwd = change(passwd, his, uidField, r.UID)
	}
	if r.GID != Keep {
		passwd = change(passwd, his, gidField, r.GID)
	}
	return passwd, group
}

// shared says whether another user has the group of e as his own, too.
func shared(passwd string, e *Entry) bool {
	_, found := first(passwd, func(other *Entry) bool { return other.GID == e.GID && other.Name != e.Name })
	return found
}

// change puts a number into a field of the first line that is meant.
func change(text string, meant func(fields []string) bool, field, number int) string {
	at := 0
	for _, line := range strings.SplitAfter(text, "\n") {
		end := strings.TrimRight(line, "\r\n")
		fields := strings.Split(end, ":")
		if meant(fields) {
			fields[field] = strconv.Itoa(number)
			return text[:at] + strings.Join(fields, ":") + line[len(end):] + text[at+len(line):]
		}
		at += len(line)
	}
	return text
}

// Holders says in words who else has the numbers of r; "": nobody.
func (r *Remap) Holders(passwd, group string) string {
	var also []string
	other, found := first(passwd, func(e *Entry) bool { return e.UID == r.UID && e.Name != r.Name })
	if r.UID != Keep && found {
		also = append(also, "user "+strconv.Itoa(r.UID)+" is "+other.Name+" as well")
	}
	if r.GID != Keep {
		e, _ := ByName(passwd, r.Name)
		own := GroupName(group, e.GID)
		for _, line := range strings.Split(group, "\n") {
			fields := strings.Split(strings.TrimRight(line, "\r\n"), ":")
			if isGroup(fields, r.GID) && fields[nameField] != own && fields[nameField] != r.Name {
				also = append(also, "group "+strconv.Itoa(r.GID)+" is "+fields[nameField]+" as well")
				break
			}
		}
	}
	return strings.Join(also, ", ")
}
