package config

import (
	"errors"
	"strings"

	"entrypoint/config/environ"
)

// FindUser finds the user of a command, USER or USER:GROUP, each a name or a number; with
// PUID and PGID, where the configuration has a puid_user. A number without an entry in
// passwd is that of its group as well: a command that has been given another user has
// nothing of root's. It returns nil where we are that user, and the variables that say who
// he is.
func FindUser(o *Options, spec string) (u *User, variables []string, err error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, nil, err
	}
	if environ.Value(l.env, puidVariable) != "" || environ.Value(l.env, pgidVariable) != "" {
		section, _ := l.preludeSection(o)
		if l.remap(section); len(l.errs) > 0 {
			return nil, nil, l.list()
		}
	}
	who, err := find(spec, &l.accounts)
	if err != nil {
		return nil, nil, err
	}
	u, err = l.me.resolve(spec, &l.accounts)
	switch {
	case err != nil: // we are not root
		return nil, nil, quoting("cannot become ", spec, " (", numbers(who.Uid, who.Gid), "): we run as ", numbers(l.me.uid, l.me.gid),
			", and only root can change that; leave out -u (ENTRYPOINT_USER), or start the container as root")
	case u == nil:
		return nil, nil, nil
	}
	passwd, _ := l.accounts.read()
	if u.rootsGroup(passwd, "") != "" {
		u.GID, u.Groups = u.UID, []uint32{u.UID}
	}
	return u, accountOf(spec, passwd).environment(), nil
}

// Absent says whether an error of FindUser is that somebody is not there, whom an
// installation may bring.
func Absent(err error) bool {
	missing := absentError{}
	return errors.As(err, &missing) || OnlyAbsent(err)
}

// isRemapped says whether a user is that of PUID and PGID.
func (a *accounts) isRemapped(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	return a.remap != nil && a.remap.Name == name
}
