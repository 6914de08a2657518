package main

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/process"
)

// checkUser looks the user of -u up before anything else is done, and returns the exit code;
// 0: go on. The setup may bring a user who is not there yet.
func (a *app) checkUser() int {
	spec := a.options.Launch.User
	if spec == "" {
		return 0
	}
	if _, _, err := config.FindUser(a.sources("."), spec); err != nil && !config.Absent(err) {
		return a.noUser(err)
	}
	return 0
}

func (a *app) noUser(err error) int {
	a.lastWords("-u "+a.options.Launch.User+": "+err.Error(), codeConfig)
	return codeConfig
}

// become makes a command that of the user of -u. restore undoes what was done for it with
// our own streams. code is the exit code; 0: go on.
func (a *app) become(c *launch.Command) (restore func(), code int) {
	spec := a.options.Launch.User
	if spec == "" {
		return func() {}, 0
	}
	user, variables, err := config.FindUser(a.sources("."), spec)
	if err != nil {
		return nil, a.noUser(err)
	}
	if user == nil {
		a.err.Print("-u " + spec + ": we are that user already")
		return func() {}, 0
	}
	c.Credential = user.Credential()
	c.Env = config.SetVariables(os.Environ(), variables)
	return giveStreams(int(user.UID)), 0
}

// mayNot says whether a start has failed because we may not become the user of -u.
func (a *app) mayNot(err error) bool {
	start := (*process.StartError)(nil)
	return a.options.Launch.User != "" && errors.As(err, &start) && errors.Is(start.Err, syscall.EPERM) && strings.Contains(err.Error(), "cannot become user")
}

// giveStreams lets another user open our standard streams again, as /dev/stdout or by the
// name of the terminal: that asks for the rights on what they lead to, which is root's, as
// engines make it, and of which only the owner may open it. A file or a device that is no
// terminal stays as it is. A terminal that we share with others gets its owner back.
func giveStreams(uid int) (restore func()) {
	var changed []int
	var owners []int
	for fd := range 3 {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil || int(st.Uid) == uid {
			continue
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFIFO:
			if isPipe(fd) && unix.Fchown(fd, uid, -1) != nil {
				_ = unix.Fchmod(fd, 0o622) // without the right to give it away all may write
			}
		case unix.S_IFCHR:
			if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil && unix.Fchown(fd, uid, -1) == nil {
				changed, owners = append(changed, fd), append(owners, int(st.Uid))
			}
		}
	}
	return func() {
		for i, fd := range changed {
			_ = unix.Fchown(fd, owners[i], -1)
		}
	}
}

// isPipe says whether a descriptor is of a pipe without a name.
func isPipe(fd int) bool {
	var fs unix.Statfs_t
	return unix.Fstatfs(fd, &fs) == nil && fs.Type == unix.PIPEFS_MAGIC
}
