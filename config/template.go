package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/ini"
	"entrypoint/config/profile"
)

// Template is a file that is to be made of another one (template).
type Template struct {
	Source, Target string // absolute
	Mode           uint32 // of the file; TemplateMode: as the template
	Owner          string // of the file, USER or USER:GROUP; "": we are
	Place          string // where the configuration has it, for messages
}

// TemplateMode is the Mode of a file with the permissions of its template.
const TemplateMode = ^uint32(0)

// templates reads template=: a line, or what is between two commas, for each file.
func (l *loader) templates(k setting, t *text) (list []Template, err error) {
	for _, item := range strings.FieldsFunc(t.s, func(c rune) bool { return c == '\n' || c == ',' }) {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		one, err := parseTemplate(item)
		if err != nil {
			return nil, err
		}
		one.Source = profile.Under(l.dir, one.Source)
		one.Target = filepath.Clean(profile.Under(l.dir, one.Target))
		one.Place = settingPlace(k.Key)
		list = append(list, one)
	}
	return list, nil
}

// settingPlace is where a key is, for messages.
func settingPlace(k *ini.Key) string {
	if k.Line == 0 {
		return k.File
	}
	return place(k.File, k.Line)
}

func parseTemplate(item string) (t Template, err error) {
	source, rest, _ := strings.Cut(item, "->")
	words := strings.Fields(rest)
	t.Source, t.Mode = strings.TrimSpace(source), TemplateMode
	reason := ""
	switch {
	case t.Source == "" || len(words) == 0:
		reason = "a path or \"->\" is missing"
	case len(words) > 3:
		reason = "there are too many words behind the target"
	case slices.Contains(strings.Split(words[0], "/"), ".."):
		reason = `the target has ".."`
	case strings.HasSuffix(words[0], "/"):
		reason = "the target is a directory"
	default:
		t.Target = words[0]
		words = words[1:]
		if len(words) == 2 || len(words) == 1 && words[0][0] >= '0' && words[0][0] <= '9' && strings.IndexByte(words[0], ':') < 0 {
			mode, err := strconv.ParseUint(words[0], 8, 32)
			if err != nil || mode > 0o777 || len(words[0]) < 3 {
				reason = strconv.Quote(words[0]) + " is no mode, such as 0640, which comes before the owner"
			}
			t.Mode, words = uint32(mode), words[1:]
		}
		if len(words) == 1 {
			t.Owner = words[0]
		}
	}
	if reason != "" {
		err = errors.New(strconv.Quote(item) + ": " + reason + "; write SOURCE -> TARGET [MODE] [OWNER], such as nginx.conf.in -> /etc/nginx/nginx.conf 0640 root:www-data")
	}
	return t, err
}

// FindOwner finds a user, or a user and a group (USER:GROUP), by name or number. gid is -1
// where there is no group. Both are -1 for what we are already; nobody but root can give a
// file away.
func FindOwner(spec string) (uid, gid int, err error) {
	accounts := systemAccounts()
	owner, err := ourselves().owner(spec, &accounts)
	if err != nil {
		return -1, -1, errors.New(strings.Replace(err.Error(), "give a socket", "give a file", 1))
	}
	if owner == nil {
		return -1, -1, nil
	}
	uid, gid = int(owner.UID), int(owner.GID)
	if owner.GID == unchanged {
		gid = -1
	}
	return uid, gid, nil
}

// renders says whether a template makes a file.
func (l *loader) renders(path string) bool {
	return slices.ContainsFunc(l.c.Prelude.Templates, func(t Template) bool { return t.Target == path })
}
