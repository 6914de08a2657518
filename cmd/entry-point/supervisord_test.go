package main

import (
	"maps"
	"strings"
	"testing"
)

func TestSupervisordOptions(t *testing.T) {
	for args, want := range map[string]map[string]string{
		"":                                    {},
		"-n -c /etc/s.conf":                   {"config": "/etc/s.conf"},
		"-nc /etc/s.conf":                     {"config": "/etc/s.conf"},
		"--nodaemon --configuration=x":        {"config": "x"},
		"--conf x --nod":                      {"config": "x"},
		"-d /srv -l /tmp/l -e debug -a 99":    {"directory": "/srv", "logfile": "/tmp/l", "loglevel": "debug", "minfds": "99"},
		"--logfile_m 1MB -z3 -j p -i me -q d": {"logfile_maxbytes": "1MB", "logfile_backups": "3", "pidfile": "p", "identifier": "me", "childlogdir": "d"},
		"-k -t -s -m 077 -u www --minprocs 5": {"nocleanup": "true", "strip_ansi": "true", "umask": "077", "user": "www", "minprocs": "5"},
	} {
		o, err := parseSupervisord("supervisord", strings.Fields(args))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		got := map[string]string{}
		for _, s := range o.settings() {
			got[s.Key] = s.Value
		}
		if o.Configuration != "" {
			got["config"] = o.Configuration
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: %v, want %v", args, got, want)
		}
	}
	for args, want := range map[string]string{
		"start":     `unexpected argument "start"`,
		"--min 3":   "option --min is not clear: minfds, minprocs",
		"--nothing": "unknown option --nothing",
		"-c":        "wants a value",
		"--log x":   "not clear",
	} {
		if _, err := parseSupervisord("supervisord", strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
