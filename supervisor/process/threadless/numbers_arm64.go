package threadless

// Numbers of system calls.
const (
	sysOpenat     = 56
	sysClose      = 57
	sysPipe2      = 59
	sysGetdents64 = 61
	sysRead       = 63
	sysWrite      = 64
	sysPpoll      = 73
	sysReadlinkat = 78
	sysExitGroup  = 94
	sysGetpid     = 172
	sysGeteuid    = 175
	sysSocket     = 198
	sysConnect    = 203
	sysSendto     = 206
	sysSetsockopt = 208
	sysGetsockopt = 209
	sysRecvmsg    = 212
	sysClone      = 220
	sysWait4      = 260
)
