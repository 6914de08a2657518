package config

import "entrypoint/config/vocabulary"

// row is how a key explains itself to people.
type row = vocabulary.Row

// programKey is one key of [program:x], [fcgi-program:x] or [eventlistener:x]: its
// name, type, default and help, and the function that reads and checks its value.
type programKey struct {
	row
	kinds      kind // where it has a meaning
	perProcess bool // supervisord evaluates it for each process, see scope
	set        func(b *build, k setting, t *text) error
}

// Readable marks of the tables.
const (
	forAll  = false
	forEach = true
)

// programKeys are all that there are, by subject. To add one, write a row in the table of
// its subject and beside it the function that reads it. It is never written.
var programKeys = [...]struct {
	title string
	keys  []programKey
}{
	{"What is run", processKeys},
	{"User and environment", environmentRows},
	{"Start and restart", stateKeys},
	{"Stop", stopKeys},
	{"Ready and alive", probeKeys},
	{"Replacing what has grown or aged", recycleKeys},
	{"Commands at certain moments", hookKeys},
	{"Work that ends", oneshotKeys},
	{"Work that comes again", scheduleKeys},
	{"What the profile says, otherwise", profileKeys},
	{"Output", outputKeys},
	{"Limits and rights", limitKeys},
	{"Listening sockets", socketKeys},
	{"Event listeners", listenerKeys},
	{"Restart when files change", watchKeys},
	{"Not supported", foreignKeys},
}

// foreignKeys are what the Go port of supervisord can do, and we do not. The table is
// never written.
var foreignKeys = []programKey{
	{row{Name: "conf_file", Help: "Use `environment` or `envFiles`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "killwaitsecs", Help: "SIGKILL needs no wait.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_failure_action", Help: "Use `live`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_failure_threshold", Help: "Use `live_failures`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_initial_delay", Help: "Use `ready`: `live` is asked from when the program is ready on.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_period", Help: "Use `live_interval`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_script", Help: "Use `live = exec:COMMAND`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_success_action", Help: "Use `live`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_success_threshold", Help: "Use `live`: one good answer is enough.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "liveness_check_timeout", Help: "Use `live_timeout`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "restart_cmd_when_binary_changed", Help: "Use `restart_signal_when_binary_changed`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "restart_cmd_when_file_changed", Help: "Use `restart_signal_when_file_changed`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "syslog_facility", Help: "Use `stdout_logfile = syslog`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "syslog_stderr_priority", Help: "Use `stderr_logfile = syslog`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "syslog_stdout_priority", Help: "Use `stdout_logfile = syslog`.", Foreign: true}, everywhere, forEach, notSupported},
	{row{Name: "syslog_tag", Help: "Use `stdout_logfile = syslog`.", Foreign: true}, everywhere, forEach, notSupported},
}

func notSupported(b *build, k setting, _ *text) error {
	b.warn(k, "not supported")
	return nil
}

func findKey(name string) *programKey {
	for i := range programKeys {
		for j := range programKeys[i].keys {
			if key := &programKeys[i].keys[j]; key.Name == name {
				return key
			}
		}
	}
	return nil
}

// keyNames are the keys that have a meaning in a kind of section.
func keyNames(in kind) []string {
	var names []string
	for i := range programKeys {
		for j := range programKeys[i].keys {
			if key := &programKeys[i].keys[j]; key.kinds&in != 0 {
				names = append(names, key.Name)
			}
		}
	}
	return names
}
