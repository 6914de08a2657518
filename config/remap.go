package config

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"entrypoint/config/account"
	"entrypoint/config/environ"
	"entrypoint/config/ini"
	"entrypoint/config/nearest"
)

// The variables with other numbers for the user of puid_user, as images of linuxserver.io
// have them.
const (
	puidVariable = "PUID"
	pgidVariable = "PGID"
)

// remap reads PUID and PGID, before any user is looked up. s is [entrypoint]; nil: there is
// none.
func (l *loader) remap(s *ini.Section) {
	puid, pgid := environ.Value(l.env, puidVariable), environ.Value(l.env, pgidVariable)
	if puid == "" && pgid == "" {
		return
	}
	errs, warnings, logs := len(l.errs), len(l.warnings), l.logs
	l.logs = nil
	l.entrypointKeys(s, func(key string) bool { return key == "puid_user" })
	l.errs, l.warnings, l.logs = l.errs[:errs], l.warnings[:warnings], logs // it is read again, with the rest
	if l.puidUser == "" {
		return
	}
	r := &account.Remap{Name: l.puidUser}
	var err1, err2 error
	if r.UID, err1 = parseNumber(puid); err1 != nil {
		l.failErr(variable(puidVariable), err1)
	}
	if r.GID, err2 = parseNumber(pgid); err2 != nil {
		l.failErr(variable(pgidVariable), err2)
	}
	if err1 != nil || err2 != nil {
		return
	}
	if err := l.mayRemap(r); err != nil {
		l.failErr(variable(puidVariable+", "+pgidVariable), err)
		return
	}
	l.accounts.remap = r
}

// parseNumber reads the number of a user or group; "": it stays.
func parseNumber(s string) (int, error) {
	if s == "" {
		return account.Keep, nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	switch {
	case err != nil || n > math.MaxInt32:
		return 0, invalid(s, "is not a number of a user or group, such as 1000")
	case n == 0:
		return 0, errors.New("0 is root, and puid_user must not become root; leave the variable out")
	}
	return int(n), nil
}

// mayRemap says what is against it: the user does not exist, is root, or cannot get another
// number from us.
func (l *loader) mayRemap(r *account.Remap) error {
	passwd, _ := l.accounts.read()
	e, found := account.ByName(passwd, r.Name)
	switch {
	case !found:
		return absent(quoting("puid_user: no user ", r.Name, " in ", l.accounts.passwd, nearest.Hint(r.Name, account.Names(passwd))))
	case e.UID == 0:
		return errors.New("puid_user: " + r.Name + " is root, whose number stays")
	case l.me.uid != 0 && (r.UID != account.Keep && r.UID != l.me.uid || r.UID == account.Keep && e.UID != l.me.uid):
		return errors.New("cannot give " + r.Name + " other numbers: we run as " + numbers(l.me.uid, l.me.gid) +
			", and only root can become somebody else; leave the variables out, or start the container as root")
	}
	return nil
}
