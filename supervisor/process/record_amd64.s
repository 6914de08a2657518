#include "textflag.h"

// The kernel calls these with the C calling convention, the signal's number in
// DI; the return address is the restorer, which ends the handler. They may run
// on any thread at any moment, so no Go state is touched.

TEXT ·record(SB), NOSPLIT|NOFRAME, $0-0
	LEAQ	-1(DI), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	LOCK
	ORQ	AX, ·recorded(SB)
	RET

TEXT ·recordAndWake(SB), NOSPLIT|NOFRAME, $0-0
	LEAQ	-1(DI), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	LOCK
	ORQ	AX, ·recorded(SB)
	MOVL	$39, AX		// getpid()
	SYSCALL
	MOVQ	AX, DI
	MOVL	$23, SI		// SIGURG
	MOVL	$62, AX		// kill(DI, SI)
	SYSCALL
	RET

TEXT ·recordPC(SB), NOSPLIT, $0-8
	LEAQ	·record(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·recordAndWakePC(SB), NOSPLIT, $0-8
	LEAQ	·recordAndWake(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
