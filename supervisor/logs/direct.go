package logs

import (
	"os"

	"golang.org/x/sys/unix"
)

// Direct is the descriptor that a stream can be given itself, so that no byte of
// it passes through us: the container's own in format Raw, /dev/null where it is
// thrown away. It is false where the output has to be looked at, or where the
// process could not open /dev/stdout, which opens the inode again: never if that
// is a socket, and not as another user without the right to write to it.
func (p *Pump) Direct(spec Spec) (*os.File, bool) {
	if spec.Capture > 0 || spec.Chunk != nil || spec.StripANSI || len(spec.Targets) > 1 {
		return nil, false
	}
	if len(spec.Targets) == 0 {
		return p.devNull()
	}
	t := spec.Targets[0]
	if t.Kind != Stdout && t.Kind != Stderr {
		return nil, false
	}
	c := p.console(t.Kind)
	if !p.direct(c) || !letWrite(c.fd, spec.UID) {
		return nil, false
	}
	return c.file, true
}

// direct says whether what is printed on c is to go past us. On a terminal it is
// in format Plain too: many programs look whether they have one, for colours or
// to show each line at once, and who sits there sees the last line.
func (p *Pump) direct(c *console) bool {
	return p.format == Raw || p.format == Plain && !p.copy && c.terminal
}

// letWrite makes sure that user uid may open what is behind fd for writing. Of
// the container's pipe or terminal all may write then; the permissions of a
// file, which may lie on a volume, are not ours to change.
func letWrite(fd, uid int) bool {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return false
	}
	kind := st.Mode & unix.S_IFMT
	switch {
	case kind == unix.S_IFSOCK:
		return false
	case uid <= 0, st.Mode&0o002 != 0, int(st.Uid) == uid && st.Mode&0o200 != 0:
		return true
	case kind == unix.S_IFIFO, kind == unix.S_IFCHR:
		return unix.Fchmod(fd, st.Mode&0o7777|0o002) == nil
	}
	return false
}

func (p *Pump) devNull() (*os.File, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.null == nil && !p.closed {
		p.null, _ = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	}
	return p.null, p.null != nil
}
