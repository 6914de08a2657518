// Package scripts runs the scripts that an image brings for its start, as nginx's official
// image and others have them: the files of /docker-entrypoint.d, and then those of
// /etc/entry-point.d, each directory in the order of the bytes of the names (LC_ALL=C ls).
// Subdirectories are not looked into. A file may be a link, as those of a Kubernetes
// ConfigMap are.
//
//	NAME.envsh, executable       is sourced by /bin/sh; variables that it exports, changes and unsets are so for all that comes after it
//	NAME.sh, executable          is run; without a #! line by /bin/sh, as a shell would do
//	another name, executable     is run
//	.envsh or .sh, not executable  is left out, which is told
//	everything else              is left out, which is told with -v: README, hidden files, NAME~, NAME.bak and the like
//
// What a script that is run writes to descriptor 3 (package export) is set as well. Each
// finds what those before it have set. A script that is sourced runs with set -e, as in
// nginx's image; one that ends with exit, and so would have ended nginx's start, fails.
//
// The scripts run as we are, mostly as root, in our working directory, with nothing to read
// on their standard input. What they print is shown as it comes. One that ends with another
// code than 0, or takes longer than hook_timeout, ends the start with its code. A stop signal
// is forwarded to the script that runs, and ends the prelude.
//
// # Who may decide what runs as root
//
// Where we are root, a script that somebody else could write would make him root. So each
// file, and each directory on the way to it from / on, must belong to root (or to the owner
// of /, see safefile), and nobody else may write to it, but for directories with a sticky bit.
// Read-only mounts are as good. Group 0 may write, as in images for OpenShift. What is not so
// is refused with exit code 78, all of it in one message, before the first script runs. Since
// nobody else can change anything on such a way, what was looked at is what is run.
package scripts
