package config

// programKey is one key of [program:x], [fcgi-program:x] or [eventlistener:x].
type programKey struct {
	name       string
	kinds      kind // where it has a meaning
	perProcess bool // supervisord evaluates it for each process, see scope
	set        func(b *build, k setting, t text) error
}

// Readable marks of the table.
const (
	forAll  = false
	forEach = true
)

// programKeys are all that there are. To add one, write a line here and its
// function in the file of its subject. It is never written.
var programKeys = [...]programKey{
	// keys_process.go: what is run, and as what.
	{"command", everywhere, forEach, setCommand},
	{"process_name", everywhere, forEach, setProcessName},
	{"numprocs", everywhere, forAll, setNumProcs},
	{"numprocs_start", everywhere, forAll, setNumProcsStart},
	{"directory", everywhere, forEach, setDirectory},
	{"user", everywhere, forAll, setUser},
	{"user_environment", everywhere, forAll, setUserEnvironment},
	{"umask", everywhere, forAll, setUmask},
	{"environment", everywhere, forEach, setEnvironment},
	{"envfiles", everywhere, forEach, setEnvFiles},
	{"serverurl", everywhere, forAll, setServerURL},

	// keys_state.go: when it starts, ends, and starts again.
	{"priority", everywhere, forAll, setPriority},
	{"autostart", everywhere, forAll, setAutostart},
	{"autorestart", everywhere, forAll, setAutorestart},
	{"exitcodes", everywhere, forAll, setExitCodes},
	{"startsecs", everywhere, forAll, setStartSecs},
	{"startretries", everywhere, forAll, setStartRetries},
	{"restartpause", everywhere, forAll, setRestartPause},
	{"restart_max_delay", everywhere, forAll, setRestartMaxDelay},
	{"restart_limit", everywhere, forAll, setRestartLimit},
	{"critical", everywhere, forAll, setCritical},
	{"depends_on", everywhere, forAll, setDependsOn},
	{"stopsignal", everywhere, forAll, setStopSignal},
	{"stopwaitsecs", everywhere, forAll, setStopWaitSecs},
	{"stopasgroup", everywhere, forAll, setStopAsGroup},
	{"killasgroup", everywhere, forAll, setKillAsGroup},

	// keys_probe.go: how it is found out how it is.
	{"ready", everywhere, forAll, setReady},
	{"ready_interval", everywhere, forAll, setReadyInterval},
	{"ready_timeout", everywhere, forAll, setReadyTimeout},
	{"ready_failure", everywhere, forAll, setReadyFailure},
	{"live", everywhere, forAll, setLive},
	{"live_interval", everywhere, forAll, setLiveInterval},
	{"live_timeout", everywhere, forAll, setLiveTimeout},
	{"live_failures", everywhere, forAll, setLiveFailures},

	// keys_recycle.go: when it is replaced while it works.
	{"max_memory", everywhere, forAll, setMaxMemory},
	{"max_lifetime", everywhere, forAll, setMaxLifetime},
	{"max_lifetime_jitter", everywhere, forAll, setMaxLifetimeJitter},

	// keys_oneshot.go: work that ends.
	{"type", inProgram, forAll, setType},
	{"once", inProgram, forAll, setOnce},
	{"once_dir", inProgram, forEach, setOnceDir},
	{"once_files", inProgram, forEach, setOnceFiles},
	{"once_timeout", inProgram, forAll, setOnceTimeout},

	// keys_schedule.go: work that comes again.
	{"schedule", inProgram, forAll, setSchedule},
	{"cron", inProgram, forAll, setSchedule}, // the Go port's name
	{"schedule_timezone", inProgram, forAll, setScheduleZone},
	{"schedule_overlap", inProgram, forAll, setScheduleOverlap},
	{"schedule_jitter", inProgram, forAll, setScheduleJitter},

	// keys_profile.go: what its profile says, otherwise.
	{"profile", everywhere, forAll, setProfile},
	{"reload_signal", everywhere, forAll, setReloadSignal},
	{"pause_signal", everywhere, forAll, setPauseSignal},
	{"reopen_signal", everywhere, forAll, setReopenSignal},
	{"reload_check", everywhere, forEach, setReloadCheck},

	// keys_logs.go: where its output goes.
	{"redirect_stderr", everywhere, forAll, setRedirectStderr},
	{"stdout_logfile", everywhere, forEach, setStdoutLogfile},
	{"stderr_logfile", everywhere, forEach, setStderrLogfile},
	{"stdout_logfile_maxbytes", everywhere, forEach, setStdoutMaxBytes},
	{"stderr_logfile_maxbytes", everywhere, forEach, setStderrMaxBytes},
	{"stdout_logfile_backups", everywhere, forEach, setStdoutBackups},
	{"stderr_logfile_backups", everywhere, forEach, setStderrBackups},
	{"stdout_capture_maxbytes", everywhere, forAll, setStdoutCapture},
	{"stderr_capture_maxbytes", everywhere, forAll, setStderrCapture},
	{"stdout_events_enabled", everywhere, forAll, setStdoutEvents},
	{"stderr_events_enabled", everywhere, forAll, setStderrEvents},
	{"stdout_syslog", everywhere, forEach, setStdoutSyslog},
	{"stderr_syslog", everywhere, forEach, setStderrSyslog},

	// keys_limits.go: what it may.
	{"rlimit_nofile", everywhere, forAll, setNoFile},
	{"rlimit_core", everywhere, forAll, setCore},
	{"nice", everywhere, forAll, setNice},
	{"oom_score_adj", everywhere, forAll, setOOMScoreAdj},
	{"no_new_privs", everywhere, forAll, setNoNewPrivs},
	{"capabilities", everywhere, forAll, setCapabilities},

	// keys_socket.go: the listening socket that it inherits.
	{"socket", inProgram | inFCGI, forAll, setSocket},
	{"socket_owner", inProgram | inFCGI, forAll, setSocketOwner},
	{"socket_mode", inProgram | inFCGI, forAll, setSocketMode},
	{"socket_backlog", inProgram | inFCGI, forAll, setSocketBacklog},

	// keys_listener.go: the events that it is told.
	{"events", inListener, forAll, setEvents},
	{"buffer_size", inListener, forAll, setBufferSize},
	{"result_handler", inListener, forAll, setResultHandler},

	// keys_watch.go: the files whose change restarts it.
	{"restart_when_binary_changed", everywhere, forAll, setWatchBinary},
	{"restart_signal_when_binary_changed", everywhere, forAll, setBinarySignals},
	{"restart_directory_monitor", everywhere, forAll, setWatchDirectory},
	{"restart_file_pattern", everywhere, forAll, setWatchPattern},
	{"restart_signal_when_file_changed", everywhere, forAll, setFileSignals},

	// What the Go port of supervisord can do, and we do not.
	{"conf_file", everywhere, forEach, notSupported},
	{"killwaitsecs", everywhere, forEach, notSupported},
	{"liveness_check_failure_action", everywhere, forEach, notSupported},
	{"liveness_check_failure_threshold", everywhere, forEach, notSupported},
	{"liveness_check_initial_delay", everywhere, forEach, notSupported},
	{"liveness_check_period", everywhere, forEach, notSupported},
	{"liveness_check_script", everywhere, forEach, notSupported},
	{"liveness_check_success_action", everywhere, forEach, notSupported},
	{"liveness_check_success_threshold", everywhere, forEach, notSupported},
	{"liveness_check_timeout", everywhere, forEach, notSupported},
	{"pre_start_hook", everywhere, forEach, notSupported},
	{"pre_stop_hook", everywhere, forEach, notSupported},
	{"restart_cmd_when_binary_changed", everywhere, forEach, notSupported},
	{"restart_cmd_when_file_changed", everywhere, forEach, notSupported},
	{"syslog_facility", everywhere, forEach, notSupported},
	{"syslog_stderr_priority", everywhere, forEach, notSupported},
	{"syslog_stdout_priority", everywhere, forEach, notSupported},
	{"syslog_tag", everywhere, forEach, notSupported},
}

func notSupported(b *build, k setting, _ text) error {
	b.warn(k, "not supported")
	return nil
}

func findKey(name string) *programKey {
	for i := range programKeys {
		if programKeys[i].name == name {
			return &programKeys[i]
		}
	}
	return nil
}

// keyNames are the keys that have a meaning in a kind of section.
func keyNames(in kind) []string {
	var names []string
	for i := range programKeys {
		if programKeys[i].kinds&in != 0 {
			names = append(names, programKeys[i].name)
		}
	}
	return names
}
