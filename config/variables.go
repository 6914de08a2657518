package config

// otherVariables are those that no key of [entrypoint] and no option stands for. Whoever reads
// one says so in the comment behind it. The table is never written.
var otherVariables = [...]row{
	{
		Name: "ENTRYPOINT_HTTP", // httpserver.go
		Help: "An HTTP server without a configuration file: `HOST:PORT`, or `unix:/PATH`, as [inet_http_server] and [unix_http_server] ask for it. " +
			"An address that other machines reach needs ENTRYPOINT_HTTP_LOGIN.",
		Example: "docker run -e ENTRYPOINT_HTTP=127.0.0.1:9001 IMAGE",
	},
	{
		Name:    puidVariable, // remap.go
		Help:    "The number that the user of `puid_user` gets, such as that of the owner of a volume; see `entry-point help ownership`. 0 is refused.",
		Example: "docker run -e PUID=1000 -e PGID=1000 IMAGE",
	},
	{
		Name:    pgidVariable, // remap.go
		Help:    "The number that the group of the user of `puid_user` gets.",
		Example: "docker run -e PGID=1000 IMAGE",
	},
	{
		Name: HTTPLogin, // httpserver.go
		Help: "`USER:PASSWORD` for that server. It is taken out of the environment at the start: no command, program, tool or helper process has it, " +
			"and `/proc/1/environ` does not show it.",
		Example: "docker run -e ENTRYPOINT_HTTP=:9001 -e ENTRYPOINT_HTTP_LOGIN=admin:secret IMAGE",
	},
	{
		Name:    HTTPReader, // httpserver.go
		Help:    "`USER:PASSWORD` of a second login for that server, which may only read, as `reader` of [inet_http_server] is. It is taken out of the environment likewise.",
		Example: "docker run -e ENTRYPOINT_HTTP=:9001 -e ENTRYPOINT_HTTP_LOGIN=admin:secret -e ENTRYPOINT_HTTP_READER=prometheus:other-secret IMAGE",
	},
	{
		Name: "ENTRYPOINT_HTTP_IDLE", Default: "1m", // httpserver.go
		Help:    "After what time without a connection the HTTP gateway ends. The next connection starts it again.",
		Example: "docker run -e ENTRYPOINT_HTTP_IDLE=10m IMAGE",
	},
	{
		Name: "ENTRYPOINT_SOCKET", Default: "(in /run, /tmp or /dev/shm; with no writable directory an abstract socket)", // cmd/entry-point/control.go
		Help:    "The path of the control socket, for entry-point and for `entry-point ctl`; `none`: there is to be none.",
		Example: "docker run -e ENTRYPOINT_SOCKET=/run/app/control.sock IMAGE",
	},
	{
		Name: "ENTRYPOINT_TERMINATION_LOG", Default: "/dev/termination-log", // supervisor/verdict
		Help:    "The file that gets the sentence which says why the container has ended, where it exists. Kubernetes shows it.",
		Example: "docker run -e ENTRYPOINT_TERMINATION_LOG=/data/why IMAGE",
	},
	{
		Name:    "NO_COLOR", // supervisor/logs, cmd/entry-point/ctl
		Help:    "Any value: no colours on a terminal, neither of `log_format = prefix` nor of `entry-point ctl`.",
		Example: "docker run -it -e NO_COLOR=1 IMAGE",
	},
}

// programVariables are what entry-point sets for programs. The table is never written.
var programVariables = [...]row{
	{Name: CPUs, Help: "How many CPUs the container may use, rounded up; in a value of the configuration `%(cpus)s`. Who sets it is believed."},
	{Name: MemoryMB, Help: "How much memory the container may use, in MB of 1024 KB; in a value of the configuration `%(memory_mb)s`. Who sets it is believed."},
	{Name: "SUPERVISOR_ENABLED", Help: "1: the program is supervised."},
	{Name: "SUPERVISOR_PROCESS_NAME", Help: "The name of the process."},
	{Name: "SUPERVISOR_GROUP_NAME", Help: "The name of its group."},
	{Name: "SUPERVISOR_SERVER_URL", Help: "The first HTTP server of the configuration, or what `serverurl` says; not set where there is none."},
	{Name: "HOME", Help: "With `user`, the home directory of that user; so are USER and LOGNAME its name. `user_environment = false` leaves entry-point's."},
	{Name: "LISTEN_FDS", Help: "How many sockets the program inherits, from descriptor 3 on (`socket`); with LISTEN_PID and, if they have names, LISTEN_FDNAMES, as sd_listen_fds(3) wants it."},
	{Name: "NOTIFY_SOCKET", Help: "Where the program says that it is ready, with `ready = notify` or `live = notify` (sd_notify(3))."},
	{Name: "WATCHDOG_USEC", Help: "With `live = notify`, how many microseconds may pass between two `WATCHDOG=1`."},
	{Name: "PYTHONUSERBASE", Help: "Where pip has installed during the setup, if HOME could not be written."},
}
