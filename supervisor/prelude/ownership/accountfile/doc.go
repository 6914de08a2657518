// Package accountfile writes /etc/passwd and /etc/group.
//
// Root gives a user other numbers (Remap): both files are replaced by a rename, each with
// the mode and owner that it had, group first. Whoever is killed in between finds, at the
// next start, what package account makes the rest of. Where one of them cannot be replaced,
// neither is: a read-only root, a file that an engine has mounted over it, a link.
//
// A user who is not in passwd, as OpenShift starts containers with, adds himself where the
// image lets his group write the file (Append). The directory is root's, so nothing can be
// renamed there: the line is added in one write(2), after the end of a line that somebody
// has left unfinished.
package accountfile
