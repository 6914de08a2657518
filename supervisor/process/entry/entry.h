// What entry is on every architecture.

#define RLIMIT_AS	9
#define F_GETFD		1
#define O_RDWR		2
#define O_PATH		0x200000

// With less address space than this the Go runtime does not start. It does not start
// either between spaceHole and spaceHoleEnd, where a reservation of its succeeds that
// leaves too little for the next; there it gets spaceInHole. Where exactly these limits lie
// differs from start to start by what the kernel draws for the addresses, so each has 30 MB
// more than the furthest of 600 starts. TestAddressSpace tries them.
#define spaceLeast	819200000
#define spaceHole	1090000000
#define spaceHoleEnd	1400000000
#define spaceInHole	1060000000

// The signals that the runtime unblocks in each of its threads, before it has handlers in
// the first: HUP, INT, QUIT, ABRT, TERM (1 2 3 6 15), bit N-1 for signal N.
#define unblocked	0x4027

#define SA_SIGINFO	4
#define SA_RESTORER	0x4000000

// Where in runtime.sig, the queue of os/signal, the first word of wanted is, the signals
// that are to be queued. Queue (native.go) looks whether that is so.
#define sigWanted	20

// The length of narrowText (data_native.s).
#define narrowTextLen	208
