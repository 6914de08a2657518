package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/user"

	"entrypoint/config/account"
	"entrypoint/config/environ"
	"entrypoint/config/nearest"
)

// accounts are where names are looked up.
type accounts struct {
	passwd, group string         // files
	remap         *account.Remap // puid_user with the numbers of PUID and PGID; nil: none
}

// systemAccounts are those of the machine.
func systemAccounts() accounts { return accounts{passwd: "/etc/passwd", group: "/etc/group"} }

// read returns the text of the files, as PUID and PGID change it. What cannot be read has
// nobody.
func (a *accounts) read() (passwd, group string) {
	p, _ := os.ReadFile(a.passwd)
	g, _ := os.ReadFile(a.group)
	if a.remap != nil {
		return a.remap.Apply(string(p), string(g))
	}
	return string(p), string(g)
}

// identity is who we are, and whether we may become someone else.
type identity struct{ uid, gid int }

func ourselves() identity { return identity{os.Geteuid(), os.Getegid()} }

// numbers are a user and a group for messages.
func numbers(uid, gid int) string { return strconv.Itoa(uid) + ":" + strconv.Itoa(gid) }

// resolved is what resolve has found.
type resolved struct {
	user    *User  // nil: we are that user already
	account *login // nil: there is an error
	err     error
	warning string // "": none
}

// user is resolve for a key: each name is looked up once.
func (l *loader) user(k setting, spec string) (*User, *login, error) {
	r, known := l.users[spec]
	if !known {
		r.user, r.err = l.me.resolve(spec, &l.accounts)
		if r.err == nil {
			passwd, _ := l.accounts.read()
			r.account = accountOf(spec, passwd)
			r.account.remapped = l.accounts.isRemapped(spec)
			r.warning = r.user.rootsGroup(passwd, l.accounts.passwd)
		}
		l.users[spec] = r
	}
	if r.warning != "" {
		l.warn(k, r.warning)
	}
	return r.user, r.account, r.err
}

// login is what passwd says of a user beside his numbers.
type login struct {
	name, home string
	remapped   bool // he is the user of PUID and PGID, whom the tools may not find
}

// accountOf finds the account of user=, which is known to exist; that of :GROUP is root's. A
// number without an entry has the root directory as its home, as with docker run --user and
// with gosu.
func accountOf(spec, passwd string) *login {
	name, _, _ := strings.Cut(spec, ":")
	if name == "" {
		name = "0"
	}
	e, found := account.ByName(passwd, name)
	if uid, err := strconv.Atoi(name); err == nil {
		e, found = account.ByUID(passwd, uid)
	}
	if !found {
		return &login{name: name, home: "/"}
	}
	return &login{name: e.Name, home: e.Home}
}

// environment are the variables that say who a process runs as.
func (a *login) environment() []string {
	return []string{"HOME=" + a.home, "USER=" + a.name, "LOGNAME=" + a.name}
}

// rootsGroup warns of a user who is in root's group because nobody has said which
// one is his: a number without an entry in passwd has no other. A file that only
// root's group may read is readable for him.
func (u *User) rootsGroup(passwd, file string) string {
	if u == nil || u.UID == 0 || u.GID != 0 || strings.Contains(u.Name, ":") {
		return ""
	}
	if _, found := account.ByUID(passwd, int(u.UID)); found {
		return "" // his entry says so
	}
	uid := strconv.Itoa(int(u.UID))
	return "user " + uid + " has no entry in " + file + ", so its group is root's (0); write " + uid + ":" + uid + ", or " + uid + ":0 if that is meant"
}

// resolve finds the user of user=: a name or uid, perhaps with ":group". A uid
// needs no passwd entry; its group is 0 then, as with docker run --user (see
// rootsGroup). It
// returns nil for the user that we are already.
func (me identity) resolve(spec string, a *accounts) (*User, error) {
	if spec == "" {
		return nil, errors.New("the user is empty")
	}
	u, err := find(spec, a)
	if err != nil {
		return nil, err
	}
	if u.Uid == me.uid && (u.Gid == me.gid || !strings.Contains(spec, ":")) {
		return nil, nil
	}
	if me.uid != 0 {
		return nil, quoting("cannot become ", spec, " (", numbers(u.Uid, u.Gid), "): we run as ", numbers(me.uid, me.gid),
			", and only root can change that; remove the key, or start the container as root")
	}
	groups := []uint32{uint32(u.Gid)}
	for _, g := range u.Sgids {
		if !slices.Contains(groups, uint32(g)) {
			groups = append(groups, uint32(g))
		}
	}
	return &User{Name: spec, UID: uint32(u.Uid), GID: uint32(u.Gid), Groups: groups}, nil
}

func find(spec string, a *accounts) (*user.ExecUser, error) {
	passwd, group := a.read()
	u, err := user.GetExecUser(spec, nil, strings.NewReader(passwd), strings.NewReader(group))
	name, of, _ := strings.Cut(spec, ":")
	switch {
	case errors.Is(err, user.ErrNoPasswdEntries):
		return nil, absent(quoting("no user ", spec, " in ", a.passwd, nearest.Hint(name, account.Names(passwd)), "; a number needs no entry there"))
	case errors.Is(err, user.ErrNoGroupEntries):
		return nil, absent(quoting("no group for ", spec, " in ", a.group, nearest.Hint(of, account.Names(group)), "; a number needs no entry there"))
	case err != nil:
		return nil, quoting("cannot find user ", spec, ": ", err.Error())
	}
	return u, nil
}

// unchanged is the GID of an owner that is a user alone.
const unchanged = ^uint32(0)

// owner finds the owner of a socket: USER or USER:GROUP. It returns nil for
// one that changes nothing.
func (me identity) owner(spec string, a *accounts) (*User, error) {
	if spec == "" {
		return nil, errors.New("the owner is empty")
	}
	u, err := find(spec, a)
	if err != nil {
		return nil, err
	}
	o := &User{Name: spec, UID: uint32(u.Uid), GID: uint32(u.Gid)}
	if !strings.Contains(spec, ":") {
		o.GID = unchanged
	}
	if u.Uid == me.uid && (o.GID == unchanged || u.Gid == me.gid) {
		return nil, nil
	}
	if me.uid != 0 {
		return nil, quoting("cannot give a socket to ", spec, ": we run as ", numbers(me.uid, me.gid),
			", and only root can do that; remove the key, or start the container as root")
	}
	return o, nil
}

// home replaces a "~" or "~name" at the beginning of a path, unless it is data.
func (l *loader) home(t *text) (string, error) {
	path := strings.TrimSpace(t.s)
	if !strings.HasPrefix(t.s, "~") || t.isData(0) {
		return path, nil
	}
	name, rest, _ := strings.Cut(path[1:], "/")
	if name == "" {
		if home, ok := environ.Lookup(l.env, "HOME"); ok && home != "" {
			return filepath.Join(home, rest), nil
		}
		name = strconv.Itoa(l.me.uid)
	}
	u, err := find(name, &l.accounts)
	if err != nil {
		return "", err
	}
	return filepath.Join(u.Home, rest), nil
}
