// Package watch notices that the binary of a program, or a file below a
// directory, has changed: restart_when_binary_changed, restart_directory_monitor
// and restart_file_pattern.
//
// The Watcher watches for any number of programs. Part, the part of the loop (package
// part), lets it watch for each program from before its first start on, and restarts the
// program when something has changed, or sends it the signals that its configuration
// names.
//
// The Watcher asks inotify(7), so nothing is polled, and nothing exists before the first
// Add. Directories are watched, not files: editors and package managers put a new
// file in the place of the old one. The directories on the way to a file are
// watched too, and those of every link on it, for this one name each: so a link
// that is set to the next release counts, as does a directory that is replaced, or
// one that comes later.
//
// A file counts when it has been closed after writing, moved here or away, linked,
// or removed; a change of its mode or a look at it does not. New directories join,
// and links to directories inside a tree are not followed. Where every name counts,
// those do not that programs and editors make for themselves (see ownAffair): a
// program that rotates its log, or removes its socket when it stops, would
// otherwise restart itself for ever.
//
// A deployment touches many files. It is one change, told when nothing has
// happened for half a second, and after five seconds at the latest. A binary must
// then be there, executable, and nobody may be writing to it; else it is told when
// that has changed. It must differ from the last one in inode, size or time of its
// last change: its bytes are not compared, so the same ones installed again count,
// and chmod does not.
//
// Not fsnotify, which would cost 0.4 MB and no start time: it does not tell when a
// file that was written to has been closed, so a restart could meet half of it, and
// it wakes us at every write to any file there, such as a log.
package watch
