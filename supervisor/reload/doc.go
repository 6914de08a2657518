// Package reload lets a program read its own configuration again, by the signal that its
// configuration names (reload_signal).
//
// A reload has five steps: the files that the program has of templates are made again
// (package templates, by Host.Render); the program's check says that the new configuration will do
// (reload_check); the signal tells the main process; that starts workers which were not
// there before; and the program's probe says that it is ready. A check that fails changes
// nothing.
//
// uWSGI's workers end at once on a reload if they have no request, and one that has
// accepted a connection and not begun to read from it counts as such: its client is cut
// off. So they are paused first (pause_signal): they go on to the end of what they have
// accepted, and take nothing new. Who comes meanwhile waits in the socket's queue.
// Before that the reload waits for workers that are only starting: they ignore its signal.
//
// A reload is one of a process: when that ends, or is told to, the reload has failed.
// /proc is read beside the loop, and every answer that comes from there is dropped if the
// reload is over by then.
package reload
