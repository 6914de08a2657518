package threadless

// Numbers of system calls.
const (
	sysRead       = 0
	sysWrite      = 1
	sysClose      = 3
	sysGetpid     = 39
	sysSocket     = 41
	sysConnect    = 42
	sysSendto     = 44
	sysRecvmsg    = 47
	sysSetsockopt = 54
	sysGetsockopt = 55
	sysClone      = 56
	sysWait4      = 61
	sysGeteuid    = 107
	sysGetdents64 = 217
	sysExitGroup  = 231
	sysOpenat     = 257
	sysReadlinkat = 267
	sysPpoll      = 271
	sysPipe2      = 293
)
