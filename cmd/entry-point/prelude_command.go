package main

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/offload"
)

// wantsPrelude says whether the prelude may be for a command: ENTRYPOINT_PRELUDE says
// something, or entry-point.conf has the word prelude_for. It is asked before each command,
// so it is a look and no more: docker run IMAGE bash does not wait for it.
func (a *app) wantsPrelude() bool {
	if os.Getenv(config.PreludeVariable) != "" {
		return true
	}
	dir, err := unix.Getwd()
	if err != nil {
		return false
	}
	for _, place := range (config.Options{File: a.options.Config, Dir: dir}).OwnPlaces() {
		text, sure := glance(place)
		if !sure {
			if text, err = a.readBeside(place); err != nil {
				a.err.Print(err.Error() + "; the command runs without the prelude")
				return false
			}
		}
		if bytes.Contains(text, []byte("prelude_for")) {
			return true
		}
	}
	return false
}

// glance reads a file where that cannot last: on the way to it there is no other file
// system than that of the root directory. sure: it is read, or there is none.
func glance(path string) (text []byte, sure bool) {
	fd, err := unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK, Resolve: unix.RESOLVE_NO_XDEV,
	})
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return nil, true
	default: // another file system, or a kernel without this call
		return nil, false
	}
	defer unix.Close(fd)
	part := make([]byte, 4<<10)
	for len(text) < largest {
		n, err := unix.Read(fd, part)
		if n <= 0 || err != nil {
			break
		}
		text = append(text, part[:n]...)
	}
	return text, true
}

// largest is more than a configuration file has, in bytes.
const largest = 1 << 20

// readBeside reads a file whose file system may not answer. That there is none, or that it
// cannot be read, is no error.
func (a *app) readBeside(path string) ([]byte, error) {
	return offload.Do(a.files, offload.Call{Key: "read " + path, What: "read " + path, Path: path}, func() ([]byte, error) {
		text, _ := os.ReadFile(path)
		return text, nil
	}, nil)
}
