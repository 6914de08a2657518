// Package hook is a part: it runs the hooks of programs, commands at certain moments of
// their lives.
//
//	pre_start   before each start; the start waits for it, and has failed if it fails
//	post_start  once for each process, when the program has become ready; a oneshot's when it is RUNNING
//	pre_stop    before the first stop signal, which waits for it
//	post_stop   after each end, also that of a start that has failed; the next start waits for it
//
// When a hook that the program waits for is to run, how long it may take, and what comes of
// its failure is program.Step's business (program/hook.go). The loop asks this part to start
// it (Run). Its end is a wish of this part: HookEnded. A hook that the program does not wait
// for any more is killed. post_start, for which nothing waits, is this part's own business.
//
// A hook runs as its program does: as its user, in its directory, with its limits and its
// environment, and it prints where the program prints. It finds ENTRYPOINT_PROGRAM and
// ENTRYPOINT_EVENT there, and
//
//	post_start, pre_stop  ENTRYPOINT_PID
//	post_stop             ENTRYPOINT_EXIT_CODE, ENTRYPOINT_VERDICT and, if the process was ended by a signal, ENTRYPOINT_SIGNAL
//
// What pre_start writes to descriptor 3 (package export) is in the environment of the
// process that is started then, of its probes and of the hooks after it.
//
// A hook is the head of a process group of its own. What it leaves there when it ends is
// killed: a program that is to stay is one of the configuration.
package hook
