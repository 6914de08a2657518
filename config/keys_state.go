package config

import (
	"math"
	"strings"
	"time"

	"entrypoint/config/vocabulary"
)

// stateKeys say when a program starts, and when it starts again. The table is never
// written.
var stateKeys = []programKey{
	{row{
		Name: "priority", Type: vocabulary.Integer, Default: "999",
		Help:    "Lower numbers start first and stop last. Programs of one priority start and stop side by side.",
		Example: "priority = 10",
	}, everywhere, forAll, setPriority},
	{row{
		Name: "autostart", Type: vocabulary.Boolean, Default: "true",
		Help:    "Whether the program starts with the container. With `schedule` it does not, unless this key says so.",
		Example: "autostart = false",
	}, everywhere, forAll, setAutostart},
	{row{
		Name: "autorestart", Type: vocabulary.Choice, Values: &[]string{"true", "false", "unexpected"}, Default: "unexpected",
		Help:    "Whether the program is started again when it ends by itself; `unexpected`: if its exit code is not in `exitcodes`. A oneshot has `false`.",
		Example: "autorestart = true",
	}, everywhere, forAll, setAutorestart},
	{row{
		Name: "exitcodes", Type: vocabulary.List, Default: "0",
		Help:    "The exit codes of a good end, for `autorestart = unexpected`, oneshots and `depends_on = NAME:exited`.",
		Example: "exitcodes = 0,3",
	}, everywhere, forAll, setExitCodes},
	{row{
		Name: "startsecs", Type: vocabulary.Seconds, Default: "1",
		Help: "A start has succeeded when the program has been up for that long and is ready, if `ready` asks. " +
			"An end before that is a failed start, however long it took. A oneshot has 0.",
		Example: "startsecs = 5",
	}, everywhere, forAll, setStartSecs},
	{row{
		Name: "startretries", Type: vocabulary.Integer, Default: "3",
		Help: "How many more starts are tried after one that has failed; then the program is FATAL. " +
			"A start for which the container has no process, memory or descriptor left is not counted.",
		Example: "startretries = 10",
	}, everywhere, forAll, setStartRetries},
	{row{
		Name: "restartpause", Type: vocabulary.Duration, Default: "0",
		Help:    "The shortest wait before an automatic start.",
		Example: "restartpause = 2s",
	}, everywhere, forAll, setRestartPause},
	{row{
		Name: "restart_max_delay", Type: vocabulary.Duration, Default: "(60s, or that of [entrypoint])",
		Help:    "The longest wait before an automatic start. The waits double from one second on: 1, 2, 4, 8 ...",
		Example: "restart_max_delay = 10s",
	}, everywhere, forAll, setRestartMaxDelay},
	{row{
		Name: "restart_limit", Type: vocabulary.Text, Default: "(10/5m, or that of [entrypoint]; off in a supervisord.conf)",
		Help: "`N/TIME`: a program that has started, and then crashes more than N times within TIME, is FATAL; `off`: it is restarted for ever. " +
			"A crash is an end with an unexpected exit code, by a signal or for a failed liveness probe, and only the time in which the program is up counts.",
		Example: "restart_limit = 5/10m",
	}, everywhere, forAll, setRestartLimit},
	{row{
		Name: "critical", Type: vocabulary.Boolean, Default: "(as `exit_on` of [entrypoint] says)",
		Help:    "Whether the final end of this program is the end of the container: `true` in any case, `false` never.",
		Example: "critical = false",
	}, everywhere, forAll, setCritical},
	{row{
		Name: "depends_on", Type: vocabulary.List,
		Help: "Programs or groups that have to be ready before this one starts: `NAME`. `NAME:started` waits until the process is there, `NAME:exited` until it has ended with an expected exit code. " +
			"Programs stop in the reverse order.",
		Example: "depends_on = db:ready, migrate:exited, cache:started",
	}, everywhere, forAll, setDependsOn},
}

func setPriority(b *build, _ setting, t *text) (err error) {
	b.p.Priority, err = parsePriority(t.s)
	if b.p.Pool != nil {
		b.p.Pool.Priority = b.p.Priority
	}
	return err
}

func setAutostart(b *build, _ setting, t *text) (err error) {
	b.p.Autostart, err = parseBool(t.s)
	return err
}

func setAutorestart(b *build, _ setting, t *text) (err error) {
	b.p.Autorestart, err = parseRestart(t.s)
	return err
}

func setExitCodes(b *build, _ setting, t *text) (err error) {
	b.p.ExitCodes, err = parseExitCodes(t.s)
	return err
}

func setStartSecs(b *build, _ setting, t *text) error {
	n, err := parseInt(t.s, math.MinInt32, maxSeconds)
	b.p.StartSecs = time.Duration(max(n, 0)) * time.Second // a negative one is 0 to supervisord
	return err
}

func setStartRetries(b *build, _ setting, t *text) (err error) {
	b.p.StartRetries, err = parseInt(t.s, 0, math.MaxInt32)
	return err
}

func setRestartPause(b *build, _ setting, t *text) (err error) {
	b.p.RestartPause, err = parseDelay(t.s)
	return err
}

func setRestartMaxDelay(b *build, _ setting, t *text) (err error) {
	b.p.RestartMax, err = parseDelay(t.s)
	return err
}

func setRestartLimit(b *build, _ setting, t *text) (err error) {
	b.p.RestartLimit, err = parseRestartLimit(t.s)
	return err
}

// usualRestartLimit is restart_limit where nobody says, but in a supervisord.conf,
// whose programs are restarted for as long as supervisord would do it.
func usualRestartLimit() RestartLimit { return RestartLimit{10, 5 * time.Minute} }

// maxRestartLimit bounds what is remembered of each program.
const maxRestartLimit = 1000

// parseRestartLimit reads N/TIME, or off.
func parseRestartLimit(s string) (r RestartLimit, err error) {
	s = strings.TrimSpace(s)
	if strings.EqualFold(s, "off") {
		return r, nil
	}
	count, within, ok := strings.Cut(s, "/")
	if !ok {
		return r, invalid(s, "is neither N/TIME, such as 10/5m, nor off")
	}
	if r.Count, err = parseInt(count, 1, maxRestartLimit); err != nil {
		return RestartLimit{}, err
	}
	if r.Within, err = parseDelay(within); err == nil && r.Within == 0 {
		err = quoting("the time of ", s, " is 0")
	}
	return r, err
}

func setCritical(b *build, _ setting, t *text) error {
	yes, err := parseBool(t.s)
	b.p.Critical = CriticalNo
	if yes {
		b.p.Critical = CriticalYes
	}
	return err
}

func setDependsOn(b *build, k setting, t *text) (err error) {
	b.unit.dependsAt = k
	b.unit.dependsOn, err = parseDependsOn(t)
	return err
}
