package ctl

// verb is one command of supervisorctl.
type verb struct {
	name    string
	checked bool // asks first whether the server is there
	alone   bool // takes no arguments
	run     func(*shell, []string) error
	help    string
}

// verbs are all commands but quit, exit and help, which need no server.
func verbs() []verb {
	return []verb{
		{"add", false, false, (*shell).add, "add GROUP...\tstart what reread has found to be new"},
		{"avail", false, true, (*shell).avail, "avail\t\tlist the configured programs"},
		{"clear", true, false, (*shell).clearLogs, "clear NAME...\tempty the log files of programs\nclear all\tempty all log files"},
		{"fg", true, false, (*shell).foreground, "fg NAME\t\twrite to a program and see what it prints, until Ctrl-C or the end of the input"},
		{"help", false, false, (*shell).helpOn, "help\t\tlist the commands\nhelp COMMAND\tsay what a command does"},
		{"maintail", true, false, (*shell).mainTail, "maintail [-f|-N]\tthe last 1600 bytes, or N, of entry-point's own log; -f: and what comes, until Ctrl-C"},
		{"pid", true, false, (*shell).pids, "pid\t\tprocess id of entry-point\npid NAME...\tprocess ids of programs\npid all\t\tthose of all programs"},
		{"reload", false, true, (*shell).restartAll, "reload\t\tstop everything, read the configuration again and start anew"},
		{"remove", false, false, (*shell).remove, "remove GROUP...\tforget stopped groups that the configuration has no more"},
		{"reread", false, true, (*shell).rereadConfig, "reread\t\tsay what has changed in the configuration"},
		{"restart", true, false, (*shell).restartNames, "restart NAME...\tstop and start programs, or GROUP:*\nrestart all\tall programs; the configuration is not read again"},
		{"shutdown", false, true, (*shell).shutDown, "shutdown\tend everything, and the container"},
		{"signal", true, false, (*shell).signalNames, "signal SIGNAL NAME...\tsend a signal to programs, or GROUP:*\nsignal SIGNAL all\tto all programs"},
		{"start", true, false, (*shell).startNames, "start NAME...\tstart programs, or GROUP:*\nstart all\tall programs"},
		{"status", true, false, (*shell).statuses, "status\t\tstate of all programs\nstatus NAME...\tof some, or of GROUP:*"},
		{"stop", true, false, (*shell).stopNames, "stop NAME...\tstop programs, or GROUP:*\nstop all\tall programs"},
		{"tail", true, false, (*shell).tail, "tail [-f|-N] NAME [stdout|stderr]\tthe last 1600 bytes, or N, of a log; -f: and what comes, until Ctrl-C"},
		{"update", false, false, (*shell).update, "update\t\tread the configuration again and carry it out\nupdate GROUP...\tof these groups only"},
		{"version", true, true, (*shell).version, "version\t\tversion of entry-point"},
	}
}

// helpOn prints the commands in columns of 80 characters, as Python's cmd does,
// or the help of one.
func (s *shell) helpOn(args []string) error {
	if len(args) == 0 {
		s.print("\ndefault commands (type help <topic>):\n=====================================\n" +
			"add    exit      pid     remove   shutdown  status  update \n" +
			"avail  fg        quit    reread   signal    stop    version\n" +
			"clear  maintail  reload  restart  start     tail   \n")
		return nil
	}
	for _, known := range verbs() {
		if known.name == args[0] {
			s.print(known.help)
			return nil
		}
	}
	if args[0] == "quit" || args[0] == "exit" {
		s.print(args[0] + "\t\tleave this shell")
		return nil
	}
	s.print("*** No help on " + args[0])
	return nil
}
