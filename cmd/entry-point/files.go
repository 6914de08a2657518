package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
)

// This file is how we ask file systems, any of which may not answer. Where no other file
// system than that of the root directory is on the way to a file we ask at once: it is the
// one that we were started from. Everything else is asked on another thread, which has to be
// woken and to wake us again, and so costs a start more than many system calls.

// glance reads a file where that cannot last. sure: it is read, or there is none.
func glance(path string) (text []byte, sure bool) {
	fd, sure := openNear(path, unix.O_RDONLY|unix.O_NONBLOCK)
	if fd < 0 {
		return nil, sure
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

// openNear opens a file where that cannot last; fd is -1 where it does not. sure: then there
// is no such file.
func openNear(path string, flags uint64) (fd int, sure bool) {
	if !filepath.IsAbs(path) { // the working directory may be on any file system
		return -1, false
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_XDEV})
	switch err {
	case nil:
		return fd, true
	case unix.ENOENT, unix.ENOTDIR:
		return -1, true
	}
	return -1, false // another file system, or a kernel without this call
}

// isDirectory says whether something is a directory. One that does not answer may be
// one: whoever needs it finds out.
func (a *app) isDirectory(path string) bool {
	fd, sure := openNear(path, unix.O_PATH|unix.O_DIRECTORY)
	if fd >= 0 {
		_ = unix.Close(fd)
	}
	if sure {
		return fd >= 0
	}
	is, err := offload.Do(a.files, offload.Call{Key: "directory " + path, What: "look for directory " + strconv.Quote(path), Path: path}, func() (bool, error) {
		info, err := os.Stat(path)
		return err == nil && info.IsDir(), nil
	}, nil)
	return is || err != nil
}

// readBeside reads a file whose file system may not answer. That there is none, or that it
// cannot be read, is no error.
func (a *app) readBeside(path string) ([]byte, error) {
	return offload.Do(a.files, offload.Call{Key: "read " + path, What: "read " + path, Path: path}, func() ([]byte, error) {
		text, _ := os.ReadFile(path)
		return text, nil
	}, nil)
}

// asksFor calls f, which asks a file system that may not answer; it counts as false then.
func (a *app) asksFor(path string, f func() bool) bool {
	is, err := offload.Do(a.files, offload.Call{Key: "own " + path, What: "look at " + path, Path: path}, func() (bool, error) { return f(), nil }, nil)
	return err == nil && is
}

// beside runs f on a thread that a file system may hold up for ever, and returns early with
// the stop signal when one arrives: f then goes on by itself, so it must not touch what we
// use after that. what is as in "cannot WHAT".
func (a *app) beside(what string, f func() error) (stop syscall.Signal, err error) {
	done := make(chan error, 1)
	go func() {
		defer a.table.Wake()
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("cannot %s: internal error: %v", what, r)
			}
		}()
		var failed error
		if late := a.files.Run(what, func() { failed = f() }); late != nil {
			failed = late
		}
		done <- failed
	}()
	for {
		select {
		case err = <-done:
			return 0, err
		default:
		}
		if sig := a.lookForStop(); sig != 0 {
			return sig, nil
		}
	}
}

// lookEvery is how often we look for a stop signal where a file system does not answer.
const lookEvery = 100 * time.Millisecond

// lookForStop waits until something happens, but not for long, and returns the stop signal
// that has arrived; 0: none. It reaps meanwhile.
func (a *app) lookForStop() syscall.Signal {
	if sig := process.FirstStop(a.table.Wait(time.Now().Add(lookEvery))); sig != 0 {
		return sig
	}
	a.table.Reap(func(process.Exit) {})
	return 0
}
