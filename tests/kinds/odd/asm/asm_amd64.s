#include "go_asm.h"
#include "textflag.h"

TEXT ·add(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	MOVQ AX, ret+16(FP)
	RET

TEXT ·sum(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), BX
	MOVQ Pair_A(BX), AX
	ADDQ Pair_B(BX), AX
	ADDQ $const_offset, AX
	MOVQ AX, ret+8(FP)
	RET

TEXT ·round(SB), 0, $16-16
	MOVQ n+0(FP), AX
	MOVQ AX, 0(SP)
	CALL ·double(SB)
	MOVQ 8(SP), AX
	MOVQ AX, ret+8(FP)
	RET
