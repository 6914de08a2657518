package config

import (
	"path/filepath"
	"slices"
	"strings"

	"entrypoint/config/account"
	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// Ownership is what [entrypoint] and the environment say of users and of who files belong
// to.
type Ownership struct {
	// Remap is the user of puid_user with the numbers of PUID and PGID; nil: nobody has
	// asked. Every user that the configuration names is looked up with it.
	Remap *account.Remap
	Own   []Owned // own
}

// Owned is a path with the owner of all that is in it.
type Owned struct {
	Path string // absolute
	Name string // of the owner, as it is written
	UID  uint32
	GID  uint32 // 1<<32-1: the group stays as it is
	// Group is the group of a directory that is made: that of the user, unless one is named.
	Group uint32
}

// ownershipKeys are the keys of [entrypoint] for the step ownership of the prelude. It is never
// written.
var ownershipKeys = []containerKey{
	{row{
		Name: "puid_user", Type: vocabulary.Text,
		Help: "The user of the image whose numbers the environment variables PUID and PGID replace, so that it can use the files of a volume. " +
			"Programs, commands and `own` that name it get the new numbers, and /etc/passwd and /etc/group where they can be written. Without this key PUID and PGID mean nothing.",
		Example: "puid_user = www-data",
	}, func(l *loader, _ setting, t *text) error {
		l.puidUser = strings.TrimSpace(t.s)
		l.c.Prelude.Ownership.Remap = l.accounts.remap
		return nil
	}},
	{row{
		Name: "own", Type: vocabulary.List,
		Help: "Paths that belong to a user, with all that is in them, as `PATH:USER` or `PATH:USER:GROUP` with commas between them. What belongs to somebody else is given to the user before anything starts; " +
			"links are not followed, and what is mounted inside is left alone. A directory that does not exist is made. Only the first start takes the time to look at everything: see `entry-point help ownership`.",
		Example: "own = /data:www-data, /srv/media:1000:www-data",
	}, setOwn},
}

// setOwn reads own.
func setOwn(l *loader, _ setting, t *text) error {
	var list []Owned
	for _, item := range t.list() {
		if strings.TrimSpace(item) == "" {
			continue
		}
		o, err := l.owned(strings.TrimSpace(item))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(other Owned) bool { return other.Path == o.Path }) {
			return invalid(o.Path, "is there twice")
		}
		list = append(list, o)
	}
	l.c.Prelude.Ownership.Own = list
	return nil
}

// notOwned are directories that no image wants to give away. It is never written.
var notOwned = [...]string{"/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr"}

// owned reads PATH:USER or PATH:USER:GROUP.
func (l *loader) owned(item string) (o Owned, err error) {
	path, owner, ok := strings.Cut(item, ":")
	if !ok || path == "" || owner == "" {
		return o, invalid(item, "is not PATH:USER or PATH:USER:GROUP, such as /data:app")
	}
	o = Owned{Path: filepath.Clean(profile.Under(l.dir, path)), Name: owner, GID: unchanged}
	if strings.Contains(o.Path, "\x00") || slices.Contains(notOwned[:], o.Path) || strings.HasPrefix(o.Path, "/proc/") || strings.HasPrefix(o.Path, "/sys/") {
		return o, invalid(o.Path, "is a directory of the system, whose files must not belong to one user")
	}
	u, err := find(owner, &l.accounts)
	if err != nil {
		return o, err
	}
	o.UID, o.Group = uint32(u.Uid), uint32(u.Gid)
	if strings.Contains(owner, ":") {
		o.GID = o.Group
	}
	return o, nil
}
