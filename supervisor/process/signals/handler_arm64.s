#include "textflag.h"

// The kernel calls these with the C calling convention: the signal's number in
// R0, its siginfo in R1, and as return address the restorer, which ends the
// handler. They may run on any thread at any moment, so no Go state is touched.

// recordSent is record for a signal that somebody has sent (si_code, at offset
// 8 of siginfo, is not positive), and the runtime's handler for a fault.
TEXT ·recordSent(SB), NOSPLIT|NOFRAME, $0-0
	MOVW	8(R1), R3
	CMPW	$0, R3
	BLE	sent
	MOVD	·runtimeHandler(SB), R3
	JMP	(R3)
sent:
	JMP	·record(SB)

TEXT ·record(SB), NOSPLIT|NOFRAME, $0-0
	MOVW	16(R1), R3	// si_pid
	MOVD	$·senders(SB), R2
	ADD	R0<<2, R2, R2
	MOVW	R3, (R2)
	SUB	$1, R0, R0
	MOVD	$1, R1
	LSL	R0, R1, R1
	MOVD	$·recorded(SB), R2
or:
	LDAXR	(R2), R3
	ORR	R1, R3, R3
	STLXR	R3, (R2), R4
	CBNZ	R4, or
	MOVD	$·wakeups(SB), R0
count:
	LDAXRW	(R0), R3
	ADDW	$1, R3, R3
	STLXRW	R3, (R0), R4
	CBNZ	R4, count
	MOVD	$129, R1	// futex(&wakeups, FUTEX_WAKE_PRIVATE, 1)
	MOVD	$1, R2
	MOVD	$98, R8
	SVC
	RET

TEXT ·recordPC(SB), NOSPLIT, $0-8
	MOVD	$·record(SB), R0
	MOVD	R0, ret+0(FP)
	RET

TEXT ·recordSentPC(SB), NOSPLIT, $0-8
	MOVD	$·recordSent(SB), R0
	MOVD	R0, ret+0(FP)
	RET
