package setup

import (
	"encoding/hex"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"entrypoint/supervisor/safefile"
)

// A marker says which container or machine it is for. The working directory may be
// mounted from a developer's source tree, and a marker that stays there comes into the
// next image with COPY, where it would choose debug mode for production.

// imageOwner is the owner that --setup writes into debug0: every container of the image.
const imageOwner = "image"

// here names the container or machine that we are in: by its host name, and by the
// layer or device that its root directory is on, which no two containers share and a
// restart leaves as it is. Without /proc the host name has to do.
func here() string {
	host, _ := os.Hostname()
	host = strings.Join(strings.Fields(host), "-")
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, host+"\x00"+rootMount(mountTable()))
	return host + " " + hex.EncodeToString(sum.Sum(nil))
}

// mountTable is what the kernel says of our mounts; "": nothing. It is read without package
// os, as create writes, and in few pieces, because the kernel makes each piece anew.
func mountTable() (text string) {
	fd, err := syscall.Open("/proc/self/mountinfo", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer syscall.Close(fd)
	part := make([]byte, 4<<10)
	for {
		n, err := syscall.Read(fd, part)
		if n <= 0 && err != syscall.EINTR {
			return text
		}
		text += string(part[:max(n, 0)])
	}
}

// rootMount is what proc(5)'s mountinfo says of the root directory, without what
// the next boot changes: the directory on the device, the device and, for overlayfs, its
// writable layer.
func rootMount(mountinfo string) (what string) {
	for _, line := range strings.Split(mountinfo, "\n") {
		left, right, ok := strings.Cut(line, " - ")
		mount, device := strings.Fields(left), strings.Fields(right)
		if !ok || len(mount) < 5 || mount[4] != "/" || len(device) < 3 {
			continue
		}
		what = mount[3] + " " + device[1] // the last one is on top
		for _, option := range strings.Split(device[2], ",") {
			if strings.HasPrefix(option, "upperdir=") {
				what += " " + option
			}
		}
	}
	return what
}

// ownerOf reads which container or machine a marker is for; "" if it does not say so.
func ownerOf(dir, name string) (owner string, there bool, err error) {
	path := filepath.Join(dir, name)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", false, nil // nearly always, and looking costs less than opening
	}
	data, err := safefile.Read(path, maxRecord)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", true, markerError("read", name, err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == ownerKey {
			return strings.TrimSpace(value), true, nil
		}
	}
	return "", true, nil
}

// ownerKey stands before the owner, in debug0 and debug1.
const ownerKey = "for"

// stray says why a marker does not count here; "" if it does.
func stray(name, owner string) string {
	if owner == "" {
		return "marker " + strconv.Quote(name) + " does not say which container it is for"
	}
	theirs, _, _ := strings.Cut(owner, " ")
	ours, _, _ := strings.Cut(here(), " ")
	if theirs == ours {
		ours = "another one of that name"
	}
	return "marker " + strconv.Quote(name) + " is for the container or machine " + strconv.Quote(theirs) + ", and this is " + ours
}

// InImage reports whether dir is a part of the image (or of the machine), and no mount
// of its own. Of files overlayfs may tell the device of a layer, of directories never.
func InImage(dir string) bool {
	var its, root syscall.Stat_t
	return syscall.Stat(dir, &its) == nil && syscall.Stat("/", &root) == nil && its.Dev == root.Dev
}

// CheckImage refuses an image that is being built if it has markers of other containers,
// or a debug1 that names no container.
func CheckImage(dir string) error {
	if !InImage(dir) {
		return nil
	}
	var all []error
	for _, name := range [...]string{marker, debugMarker} {
		owner, there, err := ownerOf(dir, name)
		anonymous := name == marker && (owner == "" || owner == imageOwner) // a script's, or that of an earlier RUN line
		switch {
		case err != nil:
			all = append(all, err)
		case there && !anonymous && owner != here():
			all = append(all, errors.New(stray(name, owner)+": it has come from the source tree, where a start with a bind mount has left it; "+
				"remove it, and name debug0 and debug1 in .dockerignore"))
		}
	}
	return errors.Join(all...)
}
