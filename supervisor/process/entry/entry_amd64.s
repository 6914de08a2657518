#include "textflag.h"
#include "entry.h"

// Numbers of system calls, and what they are given.
#define SYS_write		1
#define SYS_open		2
#define SYS_rt_sigaction	13
#define SYS_rt_sigprocmask	14
#define SYS_fcntl		72
#define SYS_exit_group		231
#define SYS_prlimit64		302

// restore ends a signal handler.
TEXT ·restore(SB), NOSPLIT|NOFRAME, $0
	MOVQ	$15, AX			// rt_sigreturn
	SYSCALL
	INT	$3

// note is the handler of the signals that the runtime unblocks, until package signals has
// others. The kernel calls it with the C calling convention: the signal's number in DI, its
// siginfo in SI. It may run at any moment, also before the runtime begins: it touches no
// state of Go.
TEXT ·note(SB), NOSPLIT|NOFRAME, $0
	MOVL	16(SI), DX	// si_pid
	LEAQ	·senders(SB), R8
	MOVL	DI, CX
	MOVL	DX, (R8)(CX*4)
	LEAQ	-1(DI), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	LOCK
	ORQ	AX, ·noted(SB)
	RET

// entry is where the kernel begins to execute the program: the linker's option -E names
// it. It only makes system calls, for nothing of Go exists yet, and leaves the stack, where
// the kernel has put the arguments, to the runtime. doc.go says what it does and why.
TEXT ·entry(SB), NOSPLIT|NOFRAME, $0
	MOVQ	SP, DI
	CALL	entrypoint∕supervisor∕process∕threadless·run(SB)

	MOVQ	$SYS_rt_sigprocmask, AX
	XORL	DI, DI			// SIG_BLOCK
	LEAQ	·heldBack(SB), SI
	LEAQ	·mask(SB), DX
	MOVQ	$8, R10
	SYSCALL
	TESTQ	AX, AX
	JNE	descriptors
	MOVB	$1, ·held(SB)

	// The runtime unblocks these before it has handlers.
	LEAQ	·note(SB), AX
	MOVQ	AX, ·recording+0(SB)
	MOVQ	$(SA_RESTORER|SA_SIGINFO), ·recording+8(SB)
	LEAQ	·restore(SB), AX
	MOVQ	AX, ·recording+16(SB)
	MOVL	$unblocked, R13
	MOVL	$1, R12
handle:
	SHRL	$1, R13
	JCC	unhandled
	MOVQ	$SYS_rt_sigaction, AX
	MOVL	R12, DI
	LEAQ	·recording(SB), SI
	LEAQ	·disposition(SB), DX
	MOVQ	$8, R10
	SYSCALL
	CMPQ	·disposition(SB), $1	// SIG_IGN
	JNE	unhandled
	// Somebody has ignored it for us; it stays so until the recorder decides.
	LEAL	-1(R12), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	ORQ	AX, ·ignored(SB)
	MOVQ	$SYS_rt_sigaction, AX
	MOVL	R12, DI
	LEAQ	·disposition(SB), SI
	XORL	DX, DX
	MOVQ	$8, R10
	SYSCALL
unhandled:
	INCL	R12
	CMPL	R12, $15
	JLE	handle

descriptors:
	XORL	R12, R12
descriptor:
	MOVQ	$SYS_fcntl, AX
	MOVL	R12, DI
	MOVQ	$F_GETFD, SI
	SYSCALL
	TESTQ	AX, AX
	JGE	open
	MOVQ	$SYS_open, AX		// it becomes R12, the lowest that is free
	LEAQ	·nullFile(SB), DI
	MOVQ	$O_RDWR, SI
	XORL	DX, DX
	SYSCALL
	TESTQ	AX, AX
	JGE	open
	MOVQ	$SYS_open, AX
	LEAQ	·rootDir(SB), DI
	MOVQ	$O_PATH, SI
	XORL	DX, DX
	SYSCALL
open:
	INCL	R12
	CMPL	R12, $2
	JLE	descriptor

	MOVQ	$SYS_prlimit64, AX
	XORL	DI, DI
	MOVQ	$RLIMIT_AS, SI
	XORL	DX, DX
	LEAQ	·space(SB), R10
	SYSCALL
	TESTQ	AX, AX
	JNE	start
	MOVQ	·space+0(SB), AX
	CMPQ	AX, $spaceLeast
	JCC	enough
	MOVQ	·space+8(SB), AX	// the hard limit
	CMPQ	AX, $spaceLeast
	JCS	narrow
	JMP	set
enough:
	CMPQ	AX, $spaceHole
	JCS	start
	CMPQ	AX, $spaceHoleEnd
	JCC	start
	MOVQ	$spaceInHole, AX
set:
	MOVQ	AX, ·ownSpace+0(SB)
	MOVQ	·space+8(SB), AX
	MOVQ	AX, ·ownSpace+8(SB)
	MOVQ	$SYS_prlimit64, AX
	XORL	DI, DI
	MOVQ	$RLIMIT_AS, SI
	LEAQ	·ownSpace(SB), DX
	XORL	R10, R10
	SYSCALL
	TESTQ	AX, AX
	JNE	start
	MOVB	$1, ·changedSpace(SB)
start:
	JMP	·begin(SB)

narrow:
	MOVQ	$SYS_write, AX
	MOVQ	$2, DI
	LEAQ	·narrowText(SB), SI
	MOVQ	$narrowTextLen, DX
	SYSCALL
	MOVQ	$SYS_exit_group, AX
	MOVQ	$78, DI
	SYSCALL
	INT	$3

// sigaction is rt_sigaction(2). It returns 0 or minus the error's number.
TEXT ·sigaction(SB), NOSPLIT, $0-32
	MOVQ	$SYS_rt_sigaction, AX
	MOVQ	sig+0(FP), DI
	MOVQ	new+8(FP), SI
	MOVQ	old+16(FP), DX
	MOVQ	$8, R10
	SYSCALL
	MOVQ	AX, ret+24(FP)
	RET

TEXT ·notePC(SB), NOSPLIT, $0-8
	LEAQ	·note(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
