// Package watch notices that the binary of a program, or a file below a
// directory, has changed: restart_when_binary_changed, restart_directory_monitor
// and restart_file_pattern.
//
// It asks inotify(7), so nothing is polled, and nothing exists before the first
// Add. Directories are watched, not files: editors and package managers put a new
// file in the place of the old one. A file counts when it has been closed after
// writing, moved here or away, or removed; a change of its mode or a look at it
// does not. New directories join, and links to directories are not followed,
// except for the directory that was asked for: so a link that is set to the next
// release counts as well.
//
// A deployment touches many files. It is one change, told when nothing has
// happened for half a second, and after five seconds at the latest. A binary must
// then be there, executable, and differ from the last one in inode, size or time.
//
// Not fsnotify: it does not tell when a file that was written to has been closed,
// so a restart could meet half of it, and it has no trees.
package watch
