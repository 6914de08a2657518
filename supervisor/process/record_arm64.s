#include "textflag.h"

// The kernel calls these with the C calling convention, the signal's number in
// R0; the return address is the restorer, which ends the handler. They may run
// on any thread at any moment, so no Go state is touched.

TEXT ·record(SB), NOSPLIT|NOFRAME, $0-0
	SUB	$1, R0, R0
	MOVD	$1, R1
	LSL	R0, R1, R1
	MOVD	$·recorded(SB), R2
again:
	LDAXR	(R2), R3
	ORR	R1, R3, R3
	STLXR	R3, (R2), R4
	CBNZ	R4, again
	RET

TEXT ·recordAndWake(SB), NOSPLIT|NOFRAME, $0-0
	SUB	$1, R0, R0
	MOVD	$1, R1
	LSL	R0, R1, R1
	MOVD	$·recorded(SB), R2
again:
	LDAXR	(R2), R3
	ORR	R1, R3, R3
	STLXR	R3, (R2), R4
	CBNZ	R4, again
	MOVD	$172, R8	// getpid()
	SVC
	MOVD	$23, R1		// SIGURG
	MOVD	$129, R8	// kill(R0, R1)
	SVC
	RET

TEXT ·recordPC(SB), NOSPLIT, $0-8
	MOVD	$·record(SB), R0
	MOVD	R0, ret+0(FP)
	RET

TEXT ·recordAndWakePC(SB), NOSPLIT, $0-8
	MOVD	$·recordAndWake(SB), R0
	MOVD	R0, ret+0(FP)
	RET
