package config

import "testing"

// TestShellTrace: what only a shell would understand is named, and what other programs
// have as their own is not.
func TestShellTrace(t *testing.T) {
	const no = " is for a shell, and none reads this: "
	const text = "write /bin/sh -c \"...\", or a script"
	for command, want := range map[string]string{
		"a && b":                       `"&&"` + no + text,
		"a || b":                       `"||"` + no + text,
		"a | b":                        `"|"` + no + text,
		"a &":                          `"&"` + no + text,
		"a > /dev/null":                `">"` + no + text,
		"a >/dev/null":                 `">/dev/null"` + no + text,
		"a 2>&1":                       `"2>&1"` + no + text,
		"a </dev/null":                 `"</dev/null"` + no + text,
		"a; b":                         `";"` + no + text,
		"sh -c 'a && b' && c":          `"&&"` + no + text,
		"a --port $PORT":               "$PORT" + no + `write %(ENV_PORT)s, or /bin/sh -c "exec ..."`,
		"a --port=${PORT:-80}":         "$PORT" + no + `write %(ENV_PORT)s, or /bin/sh -c "exec ..."`,
		`a "http://$HOST:80"`:          "$HOST" + no + `write %(ENV_HOST)s, or /bin/sh -c "exec ..."`,
		"a $(nproc)":                   `what a shell would put in the place of "$(nproc)" nobody does, because none reads this: write /bin/sh -c "exec ..."`,
		"a `nproc`":                    "what a shell would put in the place of \"`nproc`\" nobody does, because none reads this: write /bin/sh -c \"exec ...\"",
		"X=1 a":                        "a variable before the command is for a shell, and none reads this: write environment = X=1, or env X=1 ...",
		"exec a":                       `"exec" is a command of the shell, and none reads this: write /bin/sh -c "...", or the program alone`,
		"cd /srv":                      `"cd" is a command of the shell, and none reads this: write /bin/sh -c "...", or the program alone`,
		`sh -c "a && b | $C"`:          "",
		`bash -lc "exec a $PORT"`:      "",
		`gosu www bash -c "a $PORT"`:   "",
		`su - www -c "cd /srv && a"`:   "",
		`awk '{print $1, $NF, $HOME}'`: "",
		`awk "{print $1}"`:             "",
		`nginx -g "log $remote_addr;"`: "",
		`a '&&' "|" \; \> "&"`:         "",
		"a http://h/?x=1&y=2 a|b a>b":  "",
		"a %(ENV_SHELLISH)s":           "",
		`a "%(ENV_SHELLISH)s"`:         "",
		"env X=1 a --set=Y=2":          "",
		"a \\$HOME":                    "",
		"/opt/a=b/run":                 "",
		"python3 -m http.server 8000":  "",
	} {
		l, err := newLoader(&Options{Dir: t.TempDir(), Env: []string{"SHELLISH=a && $HOME | `x`"}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.load("app.conf", []byte("[program:a]\ncommand = "+command+"\n"))
		if err != nil {
			t.Errorf("%s: %v", command, err)
			continue
		}
		got := ""
		for _, warning := range c.Warnings {
			got += warning
		}
		if want != "" {
			want = "app.conf:2: [program:a] command: " + want
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", command, got, want)
		}
	}
}
