package config

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/user"
)

// Where names are looked up.
const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// identity is who we are, and whether we may become someone else.
type identity struct{ uid, gid int }

func ourselves() identity { return identity{os.Geteuid(), os.Getegid()} }

// resolve finds the user of user=: a name or uid, perhaps with ":group". A uid
// needs no passwd entry; its group is 0 then, as with docker run --user. It
// returns nil for the user that we are already.
func (me identity) resolve(spec, passwd, group string) (*User, error) {
	if spec == "" {
		return nil, errors.New("the user is empty")
	}
	u, err := user.GetExecUserPath(spec, nil, passwd, group)
	switch {
	case errors.Is(err, user.ErrNoPasswdEntries):
		return nil, errors.New("no user " + strconv.Quote(spec) + " in " + passwd + "; a number needs no entry there")
	case errors.Is(err, user.ErrNoGroupEntries):
		return nil, errors.New("no group for " + strconv.Quote(spec) + " in " + group + "; a number needs no entry there")
	case err != nil:
		return nil, errors.New("cannot find user " + strconv.Quote(spec) + ": " + err.Error())
	}
	if u.Uid == me.uid && (u.Gid == me.gid || !strings.Contains(spec, ":")) {
		return nil, nil
	}
	if me.uid != 0 {
		return nil, errors.New("cannot become " + strconv.Quote(spec) + " (" + strconv.Itoa(u.Uid) + ":" + strconv.Itoa(u.Gid) + "): we run as " +
			strconv.Itoa(me.uid) + ":" + strconv.Itoa(me.gid) + ", and only root can change that; remove the key, or start the container as root")
	}
	groups := []uint32{uint32(u.Gid)}
	for _, g := range u.Sgids {
		if !slices.Contains(groups, uint32(g)) {
			groups = append(groups, uint32(g))
		}
	}
	return &User{Name: spec, UID: uint32(u.Uid), GID: uint32(u.Gid), Groups: groups}, nil
}
