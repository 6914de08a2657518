package process

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
)

const (
	// absurdNoFile is a soft limit of descriptors that nobody chose for the
	// programs: some container runtimes hand on 2^30 of their own, and a program
	// that closes each possible descriptor before it does anything needs minutes.
	absurdNoFile = 1 << 20
	// saneNoFile is what children get then, and what we take where we have to
	// set a limit at all: enough for us and thousands of programs with their pipes.
	saneNoFile = 1 << 16
)

// SetLimits prepares our own limits and those that children inherit, before the
// first of them is started. An absurd soft limit of descriptors, above 2^20,
// becomes 65536. minFDs and minProcs are supervisord's minfds and minprocs (0:
// none): a soft limit below them is raised, and the hard one with it where we
// may. It returns a line for the log for each limit that changed. An error names
// the limit that cannot be had; the others are set all the same.
//
// The Go library has raised our own soft limit of descriptors to the hard one,
// and children get the one that we inherited. That is what we want as long as
// theirs is good as it is. To set it here ends it: then theirs is ours, so ours
// is never made less than we need.
func (t *Table) SetLimits(minFDs, minProcs uint64) (changes []string, err error) {
	files, fileErr := t.raiseNoFile(minFDs)
	procs, procErr := raise(unix.RLIMIT_NPROC, "RLIMIT_NPROC", "minprocs", minProcs)
	for _, change := range []string{files, procs} {
		if change != "" {
			changes = append(changes, change)
		}
	}
	return changes, errors.Join(fileErr, procErr)
}

func (t *Table) raiseNoFile(least uint64) (change string, err error) {
	inherited := entry.NoFile()
	want := wantedNoFile(inherited, least)
	if want == inherited {
		return "", nil
	}
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: want.Soft, Max: want.Hard}, nil); err != nil {
		return unraised("RLIMIT_NOFILE", "minfds", least, inherited.Hard, err)
	}
	t.limitsSet = true
	return "the soft limit of open files is now " + limitText(want.Soft) + ", it was " + limitText(inherited.Soft), nil
}

// NoFile is the limit of descriptors that processes have after SetLimits; nil: the one that
// they have now.
func NoFile(minFDs uint64) *syscall.Rlimit {
	inherited := entry.NoFile()
	want := wantedNoFile(inherited, minFDs)
	if want == inherited {
		return nil
	}
	return &syscall.Rlimit{Cur: want.Soft, Max: want.Hard}
}

// wantedNoFile is the limit of descriptors for children that inherit this one.
func wantedNoFile(inherited entry.Limit, least uint64) entry.Limit {
	if inherited == (entry.Limit{}) {
		return inherited // not known
	}
	soft := inherited.Soft
	if soft > absurdNoFile {
		soft = saneNoFile
	}
	if soft < least {
		soft = max(least, min(inherited.Hard, saneNoFile))
	}
	return entry.Limit{Soft: soft, Hard: max(soft, inherited.Hard)}
}

// raise makes the soft limit of a resource at least least.
func raise(resource int, name, key string, least uint64) (change string, err error) {
	var old unix.Rlimit
	if err := unix.Getrlimit(resource, &old); err != nil {
		return "cannot read the limit " + name + ": " + err.Error() + "; " + key + " = " + limitText(least) + " is not looked after", nil
	}
	if old.Cur >= least {
		return "", nil
	}
	want := unix.Rlimit{Cur: least, Max: max(least, old.Max)}
	if err := unix.Prlimit(0, resource, &want, nil); err != nil {
		return unraised(name, key, least, old.Max, err)
	}
	return "increased " + name + " limit to " + limitText(least), nil
}

// unraised tells that a limit could not be raised. That is an error if the hard limit is
// in the way: a container that needs more has been told so by its configuration. Else
// somebody denies us the system call, and the limit may well be enough.
func unraised(name, key string, least, hard uint64, err error) (note string, _ error) {
	text := "cannot raise " + name + " to " + key + " = " + limitText(least) + ": " + err.Error()
	if least <= hard {
		return text, nil
	}
	if err == syscall.EPERM {
		text += " (the hard limit is " + limitText(hard) + "; give the container a higher one with docker run --ulimit, or lower " + key + ")"
	}
	return "", errors.New(text)
}
