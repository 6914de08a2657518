// Package templates makes files of templates, before anything starts and again when a
// program reloads or the configuration is read again: those of template= (Expand), and
// those of /etc/nginx/templates as nginx's image has them (Substitute).
//
// # How it goes
//
// Prepare reads all templates, puts the variables in, and looks which of the files differ
// from what is there. It writes nothing, and tells all mistakes together. Where nothing
// differs nothing else happens: no process, no write, no new time of change.
//
// What differs is judged before it replaces the old file: the changed files go into a tree
// of their own, and the check of each program that uses one of them (reload_check, such as
// nginx -t) is run on that tree. Then each file is put in its place in one step
// (safefile.Install).
//
// # Trees
//
// A tree is a private directory in which a file has the path that it has in the file
// system: ROOT/etc/nginx/nginx.conf. The other names of /etc/nginx are links there, so that
// relative paths in the file lead to what they led to before. There are two: the one that
// is judged, which is removed, and the one of files whose own place cannot be written (a
// read-only root, another user than root). Programs find those because their command line
// is told (profile.Redirect): the word that names the file, or an option for a server that
// reads it without being told. A fragment that nginx includes (conf.d/x.conf) needs its main
// file in the tree, too, with include directives that lead into the tree. What no program
// is told is an error that says the way out.
//
// # Who is trusted
//
// The configuration says which files root overwrites. A directory of templates says it as
// well, by its names; so root refuses one of a user that a program runs as. A template
// itself may belong to that user: he decides what is in the file, and not which file it
// is. The file belongs to us, unless the template has an owner: nobody but root is to
// rewrite the configuration of a server that root starts. It has the permissions of its
// template.
//
// A template with a NUL byte is copied as it is: it is no text.
package templates
