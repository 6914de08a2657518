package activation

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"entrypoint/config"
	"entrypoint/supervisor/process"
)

// firstUser is the user and group of the gateway where nothing else has that
// number; else it is the next lower one. No distribution gives numbers of this range
// to anybody in /etc/passwd (Debian reserves 65000 to 65533), and a rootless engine
// maps it (its user namespaces have 0 to 65535 or 65536).
const firstUser = 65432

// User is whom a process runs as that reads what strangers send.
type User struct {
	// Wanted is what the configuration says (gateway_user); nil: nothing.
	Wanted *config.User
	// Taken says whether something in the container has the number of a user or
	// group, apart from what /etc/passwd and /etc/group say; nil: nothing.
	Taken func(id uint32) bool
}

// Confine takes from a process all that it does not need: capabilities, the way to
// get any back, and our user where we may change that. It is for root to choose
// another user, any other user stays what it is.
func (u User) Confine(s *process.Spec) {
	s.Settings.NoNewPrivs, s.Settings.Capabilities = true, &[]int{}
	if os.Geteuid() != 0 {
		return
	}
	if w := u.Wanted; w != nil {
		s.Credential = w.Credential()
	} else if id, ok := u.free(); ok {
		s.Credential = &syscall.Credential{Uid: id, Gid: id}
	}
}

// Start starts a process that was given to Confine. Where the kernel does not let us
// become another user, for want of CAP_SETUID and CAP_SETGID or of users in our
// namespace, the process stays what we are: without capabilities root is still the
// owner of root's files, and nothing more. The reason is told then.
func Start(start func(*process.Spec) (int, error), s *process.Spec) (pid int, why string, err error) {
	pid, err = start(s)
	if err == nil || !NoUser(s, err) {
		return pid, "", err
	}
	as := *s
	as.Credential = nil
	pid, again := start(&as)
	if again != nil {
		return 0, "", again
	}
	return pid, err.Error(), nil
}

// NoUser says whether a process could not be started because we may not become its
// user: EPERM is that of setuid(2) and setgroups(2) without the capability, EINVAL
// that of a number that our user namespace has not.
func NoUser(s *process.Spec, err error) bool {
	return s.Credential != nil && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL))
}

// free finds a number that nothing in the container has, as user and as group.
func (u User) free() (id uint32, ok bool) {
	named := append(numbers("/etc/passwd"), numbers("/etc/group")...)
	users, groups := readMap("/proc/self/uid_map"), readMap("/proc/self/gid_map")
	for id = min(firstUser, users.last(), groups.last()); id > 0; id-- {
		if users.has(id) && groups.has(id) && !slices.Contains(named, id) && (u.Taken == nil || !u.Taken(id)) {
			return id, true
		}
	}
	return 0, false
}

// numbers are the third fields of a file such as /etc/passwd.
func numbers(file string) (list []uint32) {
	text, _ := os.ReadFile(file) // FROM scratch there is none
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) > 2 {
			if id, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
				list = append(list, uint32(id))
			}
		}
	}
	return list
}

// idMap is the users, or groups, that there are in our user namespace, as ranges of
// a first and a last one (user_namespaces(7)); nil: all.
type idMap [][2]uint32

func readMap(file string) (m idMap) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line) // inside, outside, how many
		if len(fields) != 3 {
			continue
		}
		first, err := strconv.ParseUint(fields[0], 10, 32)
		length, lengthErr := strconv.ParseUint(fields[2], 10, 32)
		if err == nil && lengthErr == nil && length > 0 {
			m = append(m, [2]uint32{uint32(first), uint32(first + length - 1)})
		}
	}
	return m
}

func (m idMap) has(id uint32) bool {
	return m == nil || slices.ContainsFunc(m, func(r [2]uint32) bool { return r[0] <= id && id <= r[1] })
}

// last is the highest number.
func (m idMap) last() (id uint32) {
	if m == nil {
		return firstUser
	}
	for _, r := range m {
		id = max(id, r[1])
	}
	return id
}
