package config

import (
	"cmp"
	"errors"
	"math"
	"strconv"

	"entrypoint/config/vocabulary"
)

// outputKeys say where the output of a program goes. The table is never written.
var outputKeys = []programKey{
	{row{
		Name: "redirect_stderr", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether what the program writes to stderr goes where its stdout goes.",
		Example: "redirect_stderr = true",
	}, everywhere, forAll, setRedirectStderr},
	{row{
		Name: "stdout_logfile", Type: vocabulary.List, Default: "(the container's stdout)",
		Help: "Where the program's stdout goes: a path, `/dev/stdout`, `/dev/stderr`, `AUTO` (a file of its own in `childlogdir`), `NONE`, " +
			"`syslog`, `syslog @HOST:PORT`, or several of these with commas.",
		Example: "stdout_logfile = /dev/stdout, /tmp/web.log",
	}, everywhere, forEach, setStdoutLogfile},
	{row{
		Name: "stderr_logfile", Type: vocabulary.List, Default: "(the container's stderr)",
		Help:    "Where the program's stderr goes, as for `stdout_logfile`.",
		Example: "stderr_logfile = /tmp/web.err",
	}, everywhere, forEach, setStderrLogfile},
	{row{
		Name: "stdout_logfile_maxbytes", Type: vocabulary.Size, Default: "50MB",
		Help:    "The size at which a log file of stdout is rotated; 0: never. No byte is lost and no line is cut in two.",
		Example: "stdout_logfile_maxbytes = 10MB",
	}, everywhere, forEach, setStdoutMaxBytes},
	{row{
		Name: "stderr_logfile_maxbytes", Type: vocabulary.Size, Default: "50MB",
		Help:    "The size at which a log file of stderr is rotated; 0: never.",
		Example: "stderr_logfile_maxbytes = 10MB",
	}, everywhere, forEach, setStderrMaxBytes},
	{row{
		Name: "stdout_logfile_backups", Type: vocabulary.Integer, Default: "10",
		Help:    "How many rotated log files of stdout are kept.",
		Example: "stdout_logfile_backups = 3",
	}, everywhere, forEach, setStdoutBackups},
	{row{
		Name: "stderr_logfile_backups", Type: vocabulary.Integer, Default: "10",
		Help:    "How many rotated log files of stderr are kept.",
		Example: "stderr_logfile_backups = 3",
	}, everywhere, forEach, setStderrBackups},
	{row{
		Name: "stdout_capture_maxbytes", Type: vocabulary.Size, Default: "0",
		Help:    "How much is kept of what stands between supervisord's marks for PROCESS_COMMUNICATION events on stdout; 0: these marks mean nothing.",
		Example: "stdout_capture_maxbytes = 64KB",
	}, everywhere, forAll, setStdoutCapture},
	{row{
		Name: "stderr_capture_maxbytes", Type: vocabulary.Size, Default: "0",
		Help:    "The same for stderr.",
		Example: "stderr_capture_maxbytes = 64KB",
	}, everywhere, forAll, setStderrCapture},
	{row{
		Name: "stdout_events_enabled", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether event listeners are told what the program writes to stdout (PROCESS_LOG_STDOUT).",
		Example: "stdout_events_enabled = true",
	}, everywhere, forAll, setStdoutEvents},
	{row{
		Name: "stderr_events_enabled", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether event listeners are told what the program writes to stderr (PROCESS_LOG_STDERR).",
		Example: "stderr_events_enabled = true",
	}, everywhere, forAll, setStderrEvents},
	{row{
		Name: "stdout_syslog", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether stdout goes to the local syslog as well.",
		Example: "stdout_syslog = true",
	}, everywhere, forEach, setStdoutSyslog},
	{row{
		Name: "stderr_syslog", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether stderr goes to the local syslog as well.",
		Example: "stderr_syslog = true",
	}, everywhere, forEach, setStderrSyslog},
}

func setRedirectStderr(b *build, _ setting, t *text) (err error) {
	b.p.RedirectStderr, err = parseBool(t.s)
	if b.p.RedirectStderr && b.unit.kind == inListener {
		return errors.New("an event listener speaks the protocol on its stdout, which stderr would disturb")
	}
	return err
}

func setStdoutLogfile(b *build, k setting, t *text) (err error) {
	b.p.Stdout.Targets, err = b.targets(k, t)
	return err
}

func setStderrLogfile(b *build, k setting, t *text) (err error) {
	b.p.Stderr.Targets, err = b.targets(k, t)
	return err
}

func setStdoutMaxBytes(b *build, _ setting, t *text) (err error) {
	b.p.Stdout.MaxBytes, err = parseMaxBytes(t.s)
	return err
}

func setStderrMaxBytes(b *build, _ setting, t *text) (err error) {
	b.p.Stderr.MaxBytes, err = parseMaxBytes(t.s)
	return err
}

func setStdoutBackups(b *build, _ setting, t *text) (err error) {
	b.p.Stdout.Backups, err = parseBackups(t.s)
	return err
}

func setStderrBackups(b *build, _ setting, t *text) (err error) {
	b.p.Stderr.Backups, err = parseBackups(t.s)
	return err
}

func setStdoutCapture(b *build, k setting, t *text) (err error) {
	b.p.Stdout.Capture, err = b.capture(k, t)
	return err
}

func setStderrCapture(b *build, k setting, t *text) (err error) {
	b.p.Stderr.Capture, err = b.capture(k, t)
	return err
}

// capture reads the size of a capture buffer, which lies in log_buffer. One program
// alone gets half of that.
func (b *build) capture(k setting, t *text) (int64, error) {
	n, err := parseMaxBytes(t.s)
	if whole := int64(cmp.Or(b.c.LogBuffer, DefaultLogBuffer)); n > whole/2 {
		b.warn(k, "there is no room for so much in log_buffer (", strconv.FormatInt(whole>>10, 10), "KB, half of it for one program): ",
			"set log_buffer in [entrypoint] or ENTRYPOINT_LOG_BUFFER to ", strconv.FormatInt((2*n+1<<20-1)>>20, 10), "MB")
	}
	return n, err
}

func setStdoutEvents(b *build, _ setting, t *text) (err error) {
	b.p.Stdout.Events, err = parseBool(t.s)
	return err
}

func setStderrEvents(b *build, _ setting, t *text) (err error) {
	b.p.Stderr.Events, err = parseBool(t.s)
	return err
}

func setStdoutSyslog(b *build, _ setting, t *text) (err error) {
	b.syslogOut, err = parseBool(t.s)
	return err
}

func setStderrSyslog(b *build, _ setting, t *text) (err error) {
	b.syslogErr, err = parseBool(t.s)
	return err
}

// parseMaxBytes reads a size of which anything below 0 means what 0 means.
func parseMaxBytes(s string) (int64, error) {
	n, err := parseBytes(s)
	return int64(max(n, 0)), err
}

func parseBackups(s string) (int, error) {
	n, err := parseInt(s, math.MinInt32, math.MaxInt32)
	return max(n, 0), err
}

// completeStreams puts together what several keys say of the output.
func (b *build) completeStreams() {
	if b.syslogOut {
		addTarget(&b.p.Stdout, Target{Kind: TargetSyslog})
	}
	if b.syslogErr {
		addTarget(&b.p.Stderr, Target{Kind: TargetSyslog})
	}
	if b.unit.kind == inListener {
		// supervisord does not look for anything but the protocol there.
		b.p.Stdout.Capture, b.p.Stdout.Events = 0, false
	}
	if !b.p.RedirectStderr {
		return
	}
	if k, ok := b.lookup("stderr_logfile"); ok && len(b.p.Stderr.Targets) > 0 {
		b.warn(k, "it has no effect, because redirect_stderr is true")
	}
	b.p.Stderr.Targets = nil
}
