package logs

import (
	"strconv"
	"time"
)

// LogFile is a log file of our own, rotated as those of programs are. Print
// never blocks: a disk that hangs costs lines, which are counted.
type LogFile struct {
	target fileTarget
	queue  queue
}

// OpenLog opens or makes the log file at path. It is rotated when it has
// maxBytes (0: never), and backups old files are kept. Complaints about the disk
// go to complain. Its goroutine is started by the first line.
func OpenLog(path string, maxBytes int64, backups int, complain func(string)) (*LogFile, error) {
	f, err := openFile(path, 0o644, complain)
	if err != nil {
		return nil, err
	}
	f.limit(maxBytes, backups)
	f.users.Store(1)
	return &LogFile{target: fileTarget{file: f}}, nil
}

// Print writes text and a newline. Newlines inside of text are kept, as in
// supervisord's log.
func (l *LogFile) Print(text string) { l.queue.put(text+"\n", l) }

// Reopen opens the path again, after the lines so far.
func (l *LogFile) Reopen() {
	l.queue.open(l)
	select {
	case l.queue.entries <- entry{do: l.target.file.reopen}:
	default: // the disk hangs, and with it the goroutine
		go l.target.file.reopen()
	}
}

// Flush waits until the lines so far are written, for at most d.
func (l *LogFile) Flush(d time.Duration) { l.queue.flush(d) }

// Close is Flush and the end: what is printed after it is lost.
func (l *LogFile) Close(d time.Duration) {
	l.queue.open(l)
	l.queue.await(entry{do: l.target.file.close, quit: true}, d)
}

func (l *LogFile) write(text string) { l.target.write([]byte(text)) }

func (l *LogFile) lostLines(n int64) {
	l.write("(lost " + strconv.FormatInt(n, 10) + " lines: the disk was too slow)\n")
}
