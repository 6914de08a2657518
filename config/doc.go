// Package config turns files and the environment into a validated, typed
// Config: what entry-point supervises, and how.
//
// Load finds one file: the one that was asked for (-c), else the first that there
// is of entry-point.conf in the working directory, /etc/entry-point.conf, and
// supervisord's own search path (search.go). A supervisord.conf without a program,
// such as the one of Debian's package, is passed over. Without any of them, a
// Procfile in the working directory is read as if its lines were [program:x]
// sections, and else the program set that is built in (default.conf); who was
// called as supervisord gets neither of the two. A file that is there and cannot
// be read is an error.
//
// The way of one file: config/ini gives sections with line numbers, those of the
// files that [include] names are merged with them, and [DEFAULT] is handed out.
// What concerns the container as a whole is read first, because the programs need
// it ([supervisord], [entrypoint], the servers). Each key is found in its table
// (keys.go, supervisord.go, entrypoint.go), its %(names)s are expanded (expand.go,
// scope.go) and its value is read. What an expansion has put into a value is data
// and is never parsed again: a quote, a comma or a "%" in an environment variable
// means nothing (text.go). One section makes one unit for each group that it is
// in, and a unit makes its processes (build.go). Then a process that config/profile
// knows is adapted (servers.go): kept in the foreground, stopped by the signals
// that stop it, probed at its socket. At last names, dependencies and signal_map are
// checked, which need all of the programs.
//
// A key is one row of a table: its name, type, default, help and example, and the function
// that reads and checks its value. The row lies beside that function, in the file of the
// key's subject (keys_*.go; entrypoint.go and supervisord.go for the container). All help,
// the manual pages and the completion of shells are made of these rows (tables.go), and
// tests hold that an example is taken, and that a default is what holds without the key.
//
// Nothing is used unless all of it is good, and everything that is wrong is
// said at once, each as "file:line: [section] key: reason". A key that is not
// known, or means nothing to us, is a warning, never silence; a value that is
// wrong is an error. Callers may take warnings for errors (Strict). A note is what
// nobody has to mend. What the machine lacks, and an installation may bring, is told
// from mistakes (OnlyAbsent), because the configuration is read before the setup, too.
//
// The prelude (package supervisor/prelude) makes the environment that values are expanded
// with: what [entrypoint] says of that is read first of all (prelude.go), and
// Options.Environment makes it. Debug mode and commands run no program: LoadPrelude reads
// only what they have a use for.
package config
