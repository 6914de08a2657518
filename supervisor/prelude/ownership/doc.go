// Package ownership is the step of the prelude that sees to it that programs can use their
// files, as scripts do with chown -R, usermod and exec gosu.
//
// It does three things, each only where it is asked for, or needed:
//
//   - A user without an entry in passwd, as OpenShift starts containers with, gets a HOME
//     that he can write, a USER, and an entry where the image lets group 0 write passwd
//     (nameless.go).
//   - The user of PUID and PGID gets his numbers in passwd and group (remap.go). Where they
//     cannot be written, the configuration knows them all the same: it looks users up in
//     the changed text (config/account).
//   - The paths of own are given to their owners (own.go). That is a walk through a tree,
//     which takes time and memory. So a process does it, our own executable under another
//     name (process.go), which a stop signal ends; what it has done by then is done, and
//     the next start goes on. Package tree has what the walk does, and why nobody is
//     deceived by links. A tree that has its mark costs no process.
//
// Everything can be done again: after kill -9 the next start finds the half, and does the
// rest.
package ownership
