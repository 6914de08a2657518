package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"entrypoint/config/address/unused"
)

// TestPortTaken: of two servers with one port one never gets it. It tries that for
// longer than startsecs, while the other one answers its probe. It is not ready, is
// given up after its tries, and the container ends with its code and the reason.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		command string
		user    string
		words   []string // of a command that executes entry-point
	}{
		"nginx": {command: "nginx -c {DIR}/{NAME}.conf -e stderr"},
		// What its processes hold is hidden from PID 1, as it is in a container.
		"gunicorn of another user": {
			command: "gunicorn -b {ADDRESS} app:app", user: "user = nobody\n",
			words: []string{startPlain(t, "setpriv", "--bounding-set=-sys_ptrace").Path, "--bounding-set=-sys_ptrace"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prepare(t)
			for _, dir := range []string{p.Dir, filepath.Dir(p.Dir)} { // for those who are nobody
				if err := os.Chmod(dir, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			address := unused.TCP(t, "")
			_, port, _ := strings.Cut(address, ":")
			text := ""
			for _, name := range []string{"a", "b"} {
				fill := strings.NewReplacer("{DIR}", p.Dir, "{NAME}", name, "{ADDRESS}", address)
				p.write(name+".conf", fill.Replace("daemon off; pid {DIR}/{NAME}.pid; events {} http { access_log off; client_body_temp_path {DIR}/b; proxy_temp_path {DIR}/p; fastcgi_temp_path {DIR}/f; uwsgi_temp_path {DIR}/u; scgi_temp_path {DIR}/s; server { listen {ADDRESS}; } }\n"))
				text += "[program:" + name + "]\nstartretries = 1\n" + c.user + "command = " + fill.Replace(c.command) + "\n"
			}
			p.write("app.py", "def app(environ, start):\n    start('200 OK', [])\n    return [b'ok']\n")
			p.write("entry-point.conf", text)
			p.Env = append(p.Env, "ENTRYPOINT_SOCKET=none")
			p.withProc(c.words...)
			p.start()
			p.wantCode(1)
			log := p.stderr.String()
			ready := regexp.MustCompile(`(?m): ([ab]): ready, accepts connections on`).FindAllStringSubmatch(log, -1)
			if len(ready) != 1 {
				t.Fatalf("%d became ready; stderr:\n%s", len(ready), log)
			}
			winner, loser := ready[0][1], map[string]string{"a": "b", "b": "a"}[ready[0][1]]
			held := `(\S+ \(process \d+, of program ` + winner + `\)|program ` + winner + `)`
			for _, want := range []string{
				`: ` + loser + `: not ready, ` + regexp.QuoteMeta(address) + ` is held by ` + held + `, so what is answered there does not count\n`,
				`\nentry-point: ` + loser + `: exit code 1 after [\d.]+s, the last of 2 tries: port ` + port + ` is in use by ` + held + `;[^\n]*\n$`,
			} {
				if !regexp.MustCompile(want).MatchString(log) {
					t.Errorf("no %s; stderr:\n%s", want, log)
				}
			}
		})
	}
}
