#include "textflag.h"

// The kernel calls these with the C calling convention: the signal's number in
// DI, its siginfo in SI, and as return address the restorer, which ends the
// handler. They may run on any thread at any moment, so no Go state is touched.

// recordSent is record for a signal that somebody has sent (si_code, at offset
// 8 of siginfo, is not positive), and the runtime's handler for a fault.
TEXT ·recordSent(SB), NOSPLIT|NOFRAME, $0-0
	CMPL	8(SI), $0
	JLE	sent
	MOVQ	·runtimeHandler(SB), AX
	JMP	AX
sent:
	JMP	·record(SB)

TEXT ·record(SB), NOSPLIT|NOFRAME, $0-0
	MOVL	16(SI), DX	// si_pid
	LEAQ	·senders(SB), R8
	MOVL	DI, CX
	MOVL	DX, (R8)(CX*4)
	LEAQ	-1(DI), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	LOCK
	ORQ	AX, ·recorded(SB)
	LOCK
	INCL	·wakeups(SB)
	MOVL	$202, AX	// futex(&wakeups, FUTEX_WAKE_PRIVATE, 1)
	LEAQ	·wakeups(SB), DI
	MOVL	$129, SI
	MOVL	$1, DX
	SYSCALL
	RET

TEXT ·recordPC(SB), NOSPLIT, $0-8
	LEAQ	·record(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·recordSentPC(SB), NOSPLIT, $0-8
	LEAQ	·recordSent(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
