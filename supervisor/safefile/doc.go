// Package safefile opens, creates, empties, renames and removes files by path where
// somebody else can write to a directory on the way.
//
// # The threat
//
// PID 1 is root, a program is not, and the program's log lies in a directory that
// the program can write: /var/log/app belongs to nobody. The program puts a
// symbolic link to /etc/passwd in the place of its log, ends, and root appends the
// lines that the program prints to /etc/passwd. What empties a log, rotates it or
// reads it out to a client, and what writes a pidfile or a mark, is deceived
// alike. The sysctl fs.protected_symlinks does not help: it is about sticky
// directories such as /tmp. Nor does it help to look first and to open then: the
// program can exchange the file in between (a race), and it can exchange a directory
// on the way as well as the file.
//
// # The rule
//
// A path is walked name by name, from / or from the working directory. Each
// directory is opened relative to the descriptor of the one before, without
// following a link (openat(2) with O_NOFOLLOW), so that what has been looked at
// is what is used. The descriptor tells who can change the names in the directory
// (trust.go):
//
//   - Nobody but root and the user that we are ("ours"). Links are followed as the
//     kernel does it, and every kind of file is opened: this is the image, where
//     root has made /var/log/app/out.log a link to /dev/stdout.
//   - Others can add names, but not replace those of root ("shared"): /tmp with its
//     sticky bit, a directory that group root can write, as images for OpenShift
//     have them. A link is followed if root or we own it, a FIFO or a device is
//     opened if root or we own it.
//   - Somebody else can replace any name ("theirs"): the directory belongs to another
//     user, or its group or everybody may write. All that comes after it on
//     the path is theirs, too, for they can rename it. No link is followed
//     any more, "..", which is where they have moved the directory to, is not
//     gone, and a FIFO or a device is opened only if it belongs to root or to us.
//
// In a directory that is not ours a file must have one name only. A second one, a
// hard link, may be /etc/passwd, where fs.protected_hardlinks is off. The owner of a
// regular file does not count: a file of root's in a directory of nobody's is the
// common case, since root creates the log there; and a file that came there in
// another way than by a hard link could be removed by whoever moved it. Our own file
// in a directory of theirs gets what its program prints and nothing else.
//
// One link is followed everywhere: to the container's own output (/dev/stdout,
// /dev/stderr, /dev/null and their other names), unless that is a regular file, which
// could be emptied. After "chown -R app /var/log/app" such a link belongs to app, and
// what a program of app can do with it is to print.
//
// The owner of / is trusted like root, because he can rename /etc. It is another one
// than user 0 in a user namespace that maps few users, where all of the image's files
// seem to belong to user 65534. Where we are not root, our programs are the user that
// we are, and nearly every directory is ours; then a directory that one of our groups
// can write is shared, not theirs. An access control list that lets others write shows
// in the bits of the group.
//
// # What was decided against
//
// openat2(2) with RESOLVE_NO_SYMLINKS refuses the links of the image as well, so that
// the walk would be needed beside it, and a seccomp profile of an old engine refuses
// openat2. Two ways would have to be equally right; the walk alone is right
// everywhere and costs three system calls for each name. To open as the program's
// user (setfsuid(2)) would refuse the log that root has created in a directory of
// nobody's, needs a thread of its own, and has no user to become for the pidfile.
//
// # The races
//
// A directory of ours cannot be changed by those who attack, so what has been read
// from its descriptor stays true. In a directory of theirs nothing is decided by a look
// before the open: the type and the number of names are those of the open file. One
// race is left: an attacker makes the hard link, we open it, he removes it, and the
// file has one name again, though not here. To see the name and one name in one call
// of fstatat(2) is not enough: the kernel counts the name less before it takes
// the entry away, and whoever is preempted in between deceives any number of
// looks. It holds the directory's lock meanwhile, so we wait for that, and ask /proc
// whether the entry that we came by is still there (walk.named). A file is emptied
// after these checks, by the descriptor, never by O_TRUNC. A file that changes all
// the time is refused in the end.
//
// Nothing waits for the other end of a FIFO: everything is opened with O_NONBLOCK.
//
// A bind mount, a network file system that waits for its server, and what a program
// does with a file that it owns, are not our concern.
package safefile
