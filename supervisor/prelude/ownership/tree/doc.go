// Package tree gives a directory, and everything in it, to a user. It runs in a process of
// its own (package ownership), because it takes time and memory, and is killed at a stop.
//
// # What is changed
//
// Every entry whose owner, or group where one is asked for, is another one. A symbolic link
// is changed itself, and what it leads to is not. What is mounted in the tree, and what is
// on another file system, is left alone, as with find -xdev, and so are devices. A directory is changed after
// all that is in it, so that an interrupted walk is begun again, and so that root without
// CAP_DAC_OVERRIDE gets into what it has given away.
//
// # The threat
//
// The user may write in the tree, and another container with the same volume may do so
// while we walk. He wants to be given a file of root's. So:
//
//   - Every directory is opened relative to the descriptor of its parent, without following
//     a link. The way to the tree itself is walked by package safefile.
//   - What is not a directory is opened (O_PATH), looked at and changed by that descriptor:
//     what was looked at is what is changed, whatever has the name by then.
//   - A hard link may be /etc/shadow, where fs.protected_hardlinks is off and both are on
//     one file system. A file with more than one name is left alone if it is root's, and
//     otherwise unless the kernel says that nobody can make links to the files of others.
//     That a link is made, opened by us, and removed again before its names are counted is
//     noticed by package safefile (OnlyName).
//
// The kernel takes the set-user-ID and set-group-ID bits and the capabilities of a file away
// when its owner changes, so that a program of root's does not become one of the user's.
//
// # The mark
//
// The extended attribute user.entry-point.own of the directory says for which owner
// all of it was done, so that the next start need not look at a million entries. It is no
// file, because some programs want an empty directory (initdb), and a file in a directory of
// the user's would have to be written by root. It is on the volume, and so holds for the next
// container as well, whose root directory may be read-only. The user can forge it, and gains
// nothing: it only makes root do less in what is his anyway. It does not count where the owner
// of the directory itself is wrong, and is taken away before anything is changed, so that it
// never stands on a half-changed tree. Where there are no such attributes (tmpfs before Linux
// 6.6, NFS before 4.2, vfat) every start walks.
package tree
