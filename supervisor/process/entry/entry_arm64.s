#include "textflag.h"
#include "entry.h"

// Numbers of system calls.
#define SYS_fcntl		25
#define SYS_openat		56
#define SYS_write		64
#define SYS_exit_group		94
#define SYS_rt_sigaction	134
#define SYS_rt_sigprocmask	135
#define SYS_prlimit64		261
#define AT_FDCWD		-100

// restore ends a signal handler.
TEXT ·restore(SB), NOSPLIT|NOFRAME, $0
	MOVD	$139, R8		// rt_sigreturn
	SVC
	UNDEF

// note is the handler of the signals that the runtime unblocks: see entry_amd64.s. The
// signal's number is in R0, its siginfo in R1.
TEXT ·note(SB), NOSPLIT|NOFRAME, $0
	MOVW	16(R1), R3	// si_pid
	MOVD	$·senders(SB), R2
	ADD	R0<<2, R2, R2
	MOVW	R3, (R2)
	SUB	$1, R0, R0
	MOVD	$1, R1
	LSL	R0, R1, R1
	MOVD	$·noted(SB), R2
or:
	LDAXR	(R2), R3
	ORR	R1, R3, R3
	STLXR	R3, (R2), R4
	CBNZ	R4, or
	RET

// entry is where the kernel begins to execute the program: see entry_amd64.s.
TEXT ·entry(SB), NOSPLIT|NOFRAME, $0
	MOVD	RSP, R0
	CALL	entrypoint∕supervisor∕process∕threadless·run(SB)

	MOVD	$SYS_rt_sigprocmask, R8
	MOVD	ZR, R0			// SIG_BLOCK
	MOVD	$·heldBack(SB), R1
	MOVD	$·mask(SB), R2
	MOVD	$8, R3
	SVC
	CBNZ	R0, descriptors
	MOVD	$1, R4
	MOVB	R4, ·held(SB)

	// The runtime unblocks these before it has handlers.
	MOVD	$·note(SB), R4
	MOVD	R4, ·recording+0(SB)
	MOVD	$(SA_RESTORER|SA_SIGINFO), R4
	MOVD	R4, ·recording+8(SB)
	MOVD	$·restore(SB), R4
	MOVD	R4, ·recording+16(SB)
	MOVD	$unblocked, R20
	MOVD	$1, R19
handle:
	AND	$1, R20, R4
	LSR	$1, R20, R20
	CBZ	R4, unhandled
	MOVD	$SYS_rt_sigaction, R8
	MOVD	R19, R0
	MOVD	$·recording(SB), R1
	MOVD	$·disposition(SB), R2
	MOVD	$8, R3
	SVC
	MOVD	·disposition(SB), R4
	CMP	$1, R4			// SIG_IGN
	BNE	unhandled
	// Somebody has ignored it for us; it stays so until the recorder decides.
	SUB	$1, R19, R5
	MOVD	$1, R4
	LSL	R5, R4, R4
	MOVD	·ignored(SB), R5
	ORR	R4, R5, R5
	MOVD	R5, ·ignored(SB)
	MOVD	$SYS_rt_sigaction, R8
	MOVD	R19, R0
	MOVD	$·disposition(SB), R1
	MOVD	ZR, R2
	MOVD	$8, R3
	SVC
unhandled:
	ADD	$1, R19, R19
	CMP	$15, R19
	BLE	handle

descriptors:
	MOVD	ZR, R19
descriptor:
	MOVD	$SYS_fcntl, R8
	MOVD	R19, R0
	MOVD	$F_GETFD, R1
	SVC
	CMP	$0, R0
	BGE	open
	MOVD	$SYS_openat, R8		// it becomes R19, the lowest that is free
	MOVD	$AT_FDCWD, R0
	MOVD	$·nullFile(SB), R1
	MOVD	$O_RDWR, R2
	MOVD	ZR, R3
	SVC
	CMP	$0, R0
	BGE	open
	MOVD	$SYS_openat, R8
	MOVD	$AT_FDCWD, R0
	MOVD	$·rootDir(SB), R1
	MOVD	$O_PATH, R2
	MOVD	ZR, R3
	SVC
open:
	ADD	$1, R19, R19
	CMP	$2, R19
	BLE	descriptor

	MOVD	$SYS_prlimit64, R8
	MOVD	ZR, R0
	MOVD	$RLIMIT_AS, R1
	MOVD	ZR, R2
	MOVD	$·space(SB), R3
	SVC
	CBNZ	R0, start
	MOVD	·space+0(SB), R4
	MOVD	$spaceLeast, R5
	CMP	R5, R4
	BHS	enough
	MOVD	·space+8(SB), R4	// the hard limit
	CMP	R5, R4
	BLO	narrow
	B	set
enough:
	MOVD	$spaceHole, R5
	CMP	R5, R4
	BLO	start
	MOVD	$spaceHoleEnd, R5
	CMP	R5, R4
	BHS	start
	MOVD	$spaceInHole, R4
set:
	MOVD	R4, ·ownSpace+0(SB)
	MOVD	·space+8(SB), R4
	MOVD	R4, ·ownSpace+8(SB)
	MOVD	$SYS_prlimit64, R8
	MOVD	ZR, R0
	MOVD	$RLIMIT_AS, R1
	MOVD	$·ownSpace(SB), R2
	MOVD	ZR, R3
	SVC
	CBNZ	R0, start
	MOVD	$1, R4
	MOVB	R4, ·changedSpace(SB)
start:
	JMP	·begin(SB)

narrow:
	MOVD	$SYS_write, R8
	MOVD	$2, R0
	MOVD	$·narrowText(SB), R1
	MOVD	$narrowTextLen, R2
	SVC
	MOVD	$SYS_exit_group, R8
	MOVD	$78, R0
	SVC
	UNDEF

// sigaction is rt_sigaction(2). It returns 0 or minus the error's number.
TEXT ·sigaction(SB), NOSPLIT, $0-32
	MOVD	$SYS_rt_sigaction, R8
	MOVD	sig+0(FP), R0
	MOVD	new+8(FP), R1
	MOVD	old+16(FP), R2
	MOVD	$8, R3
	SVC
	MOVD	R0, ret+24(FP)
	RET

TEXT ·notePC(SB), NOSPLIT, $0-8
	MOVD	$·note(SB), R0
	MOVD	R0, ret+0(FP)
	RET
