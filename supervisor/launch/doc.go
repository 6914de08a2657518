// Package launch runs one command to its end, as a container's init must: it
// forwards signals, hands the terminal over, reaps orphans, returns the
// command's exit code, and sees to it that nothing is left behind. It is what
// tini and dumb-init do for a container, and what first-start setup uses for
// each of its steps.
//
// A run has three phases. The command starts in a process group of its own.
// While it runs, every signal that reaches us goes to it. When it has ended,
// what it left behind gets SIGTERM, the rest of the stop budget to end in, and
// then SIGKILL.
//
// The command itself is never killed for being slow unless the caller says so
// (Command.KillAfter): how long a stop may take is then docker stop's -t.
package launch
