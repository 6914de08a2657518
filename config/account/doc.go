// Package account reads and changes the text of /etc/passwd and /etc/group (passwd(5),
// group(5)).
//
// # Other numbers for a user
//
// An image has a user, such as app with 999, and a volume has files of somebody else, such
// as 1000 on the machine that runs the container. PUID=1000 and PGID=1000 give the user of
// the image these numbers (Remap), as images of linuxserver.io do it with usermod. There
// are two readers of the result: the configuration looks users up in the changed text,
// whether or not anybody can write the files, and the prelude writes it where it can, so
// that the tools in the container see the name as well. Both get the same from what is
// there, before and after the files have been written.
//
// The group of the user changes its number only if it is his alone: that of root, or one
// that other users have as their own group, stays as it is, and he leaves it.
//
// Every other byte of the files stays as it is: comments, the order, entries of NIS, lines
// that are no entries, and the missing end of the last line.
package account
