package ctl

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// usage is what the kernel knows of a process (proc(5)).
type usage struct {
	cpu     time.Duration // user and system time
	since   time.Duration // of its start, from boot
	threads int
	rss     int64 // bytes
	files   int   // open descriptors; -1: not allowed to see
}

// tick is USER_HZ, which Linux gives to programs on every architecture of Go's.
const tick = time.Second / 100

var errStat = errors.New("not a stat line")

// readUsage reads a process's usage below proc, which is /proc.
func readUsage(proc string, pid int) (usage, error) {
	dir := filepath.Join(proc, strconv.Itoa(pid))
	line, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}, err
	}
	u, err := parseStat(line)
	if err != nil {
		return usage{}, err
	}
	u.files = -1
	if d, err := os.Open(filepath.Join(dir, "fd")); err == nil {
		names, err := d.Readdirnames(-1)
		_ = d.Close()
		if err == nil {
			u.files = len(names)
		}
	}
	return u, nil
}

// parseStat reads /proc/PID/stat. The command's name, the second field, may hold
// blanks and parentheses; what is behind its last one is numbers.
func parseStat(line []byte) (u usage, err error) {
	end := bytes.LastIndexByte(line, ')')
	if end < 0 {
		return u, errStat
	}
	fields := bytes.Fields(line[end+1:])
	const first = 3 // the number of fields[0] in proc(5)
	if len(fields) <= 24-first {
		return u, errStat
	}
	number := func(n int) (value int64) {
		value, e := strconv.ParseInt(string(fields[n-first]), 10, 64)
		if e != nil {
			err = errStat
		}
		return value
	}
	u.cpu = time.Duration(number(14)+number(15)) * tick
	u.threads = int(number(20))
	u.since = time.Duration(number(22)) * tick
	u.rss = number(24) * int64(os.Getpagesize())
	return u, err
}

// readUptime is the time since boot, as the start times of processes count it.
func readUptime(proc string) (time.Duration, error) {
	line, err := os.ReadFile(filepath.Join(proc, "uptime"))
	if err != nil {
		return 0, err
	}
	word, _, _ := bytes.Cut(line, []byte{' '})
	seconds, err := strconv.ParseFloat(string(word), 64)
	return time.Duration(seconds * float64(time.Second)), err
}
