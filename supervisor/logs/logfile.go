package logs

import "time"

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
	l := &LogFile{target: fileTarget{file: f, held: held{buffer: NewBuffer(DefaultBuffer)}}}
	l.queue.write = l.target.write
	l.queue.lost = func(lines string) string { return "(lost " + lines + ": the disk was too slow)\n" }
	return l, nil
}

// Print writes text and a newline. Newlines inside of text are kept, as in
// supervisord's log.
func (l *LogFile) Print(text string) { l.queue.put(text + "\n") }

// Reopen opens the path again, after the lines so far.
func (l *LogFile) Reopen() { l.queue.then(l.target.file.reopen) }

// Clear empties the file, after the lines so far.
func (l *LogFile) Clear() { l.queue.then(l.target.clear) }

// Flush waits until the lines so far are written, for at most d.
func (l *LogFile) Flush(d time.Duration) { l.queue.flush(d) }

// Close is Flush and the end: what is printed after it is lost.
func (l *LogFile) Close(d time.Duration) { l.queue.close(l.target.file.close, d) }
