package safefile

import (
	"slices"

	"golang.org/x/sys/unix"
)

// trust says what users other than root and we can do to the names in a directory.
type trust int

const (
	ours   trust = iota // nothing
	shared              // add names
	theirs              // replace and remove names
)

// owners are the users whose files nobody else can put somewhere.
type owners struct{ self, root uint32 }

// owned asks who we are and who owns the root directory.
func owned() owners {
	var st unix.Stat_t
	if unix.Stat("/", &st) != nil {
		st.Uid = 0
	}
	return owners{uint32(unix.Geteuid()), st.Uid}
}

func (o owners) trusts(uid uint32) bool { return uid == 0 || uid == o.self || uid == o.root }

// judge looks at a directory's owner and mode.
func (o owners) judge(st *unix.Stat_t) trust {
	const group, everybody = 0o020, 0o002
	switch {
	case !o.trusts(st.Uid): // the owner of a sticky directory can remove any name
		return theirs
	case st.Mode&(group|everybody) == 0:
		return ours
	case st.Mode&unix.S_ISVTX != 0, st.Mode&everybody == 0 && o.trustsGroup(st.Gid):
		return shared
	}
	return theirs
}

// trustsGroup says whether the members of a group leave the names of others alone.
// Images for OpenShift, where PID 1 has any uid and gid 0, let group 0 write
// everywhere. A program with gid 0 that is not root's could rename what root has
// there, but a link that it makes belongs to its own user, and is not followed.
func (o owners) trustsGroup(gid uint32) bool {
	if gid == 0 {
		return true
	}
	if o.self == 0 {
		return false // programs have groups that we have as well
	}
	groups, _ := unix.Getgroups()
	return int(gid) == unix.Getegid() || slices.Contains(groups, int(gid))
}
