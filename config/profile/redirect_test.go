package profile

import (
	"slices"
	"strings"
	"testing"
)

// TestRedirect: the command lines of servers whose configuration is elsewhere.
func TestRedirect(t *testing.T) {
	const to = "/run/x"
	for _, c := range []struct{ from, command, want string }{
		{"/etc/nginx/nginx.conf", "nginx|-g|daemon off;", "nginx|-g|daemon off;|-c|" + to},
		{"/etc/nginx/nginx.conf", "/usr/sbin/nginx|-c|/etc/nginx/nginx.conf", "/usr/sbin/nginx|-c|" + to},
		{"/etc/nginx/nginx.conf", "nginx|-c/etc/nginx/nginx.conf", "nginx|-c" + to},
		{"/etc/nginx/nginx.conf", "nginx|-c|nginx.conf", "nginx|-c|nginx.conf|-c|" + to},
		{"/etc/nginx/nginx.conf", "nginx|-t|-c|/srv/other.conf", ""},
		{"/etc/nginx/nginx.conf", "nginx|-t|-c|/etc/nginx/nginx.conf.old", ""},
		{"/etc/nginx/nginx.conf", "sh|-c|exec nginx -g 'daemon off;' -c /etc/nginx/nginx.conf", "sh|-c|exec nginx -g 'daemon off;' -c " + to},
		{"/etc/nginx/nginx.conf", "sh|-c|exec nginx", "sh|-c|exec nginx -c " + to},
		{"/etc/nginx/conf.d/a.conf", "nginx", ""},
		{"/app/uwsgi.ini", "uwsgi|--ini|uwsgi.ini", "uwsgi|--ini|" + to},
		{"/app/uwsgi.ini", "uwsgi|--ini=/app/uwsgi.ini:web", "uwsgi|--ini=" + to + ":web"},
		{"/app/uwsgi.ini", "uwsgi|uwsgi.ini", "uwsgi|" + to},
		{"/app/uwsgi.ini", "uwsgi|--ini=uwsgi.ini", "uwsgi|--ini=" + to},
		{"/app/uwsgi.ini", "uwsgi|--http|:80", ""},
		{"/app/gunicorn.conf.py", "gunicorn|app:app", "gunicorn|-c|" + to + "|app:app"},
		{"/app/gunicorn.conf.py", "python3|-m|gunicorn|app:app", "python3|-m|gunicorn|-c|" + to + "|app:app"},
		{"/app/gunicorn.conf.py", "gunicorn|-c|file:/app/gunicorn.conf.py|app:app", "gunicorn|-c|file:" + to + "|app:app"},
		{"/app/gunicorn.conf.py", "gunicorn|--config=other.py|app:app", ""},
		{"/etc/php/8.2/fpm/php-fpm.conf", "php-fpm8.2|-F", "php-fpm8.2|-y|" + to + "|-F"},
		{"/usr/local/etc/php-fpm.conf", "php-fpm", "php-fpm|-y|" + to},
		{"/usr/local/etc/php-fpm.conf", "php-fpm|--fpm-config|/usr/local/etc/php-fpm.conf", "php-fpm|--fpm-config|" + to},
		{"/usr/local/etc/php-fpm.conf", "php-fpm|-y|/srv/fpm.conf", ""},
		{"/etc/haproxy/haproxy.cfg", "haproxy|-W|-db|-f|/etc/haproxy/haproxy.cfg", "haproxy|-W|-db|-f|" + to},
		{"/etc/haproxy/haproxy.cfg", "haproxy|-f|/etc/haproxy/other.cfg", ""},
		{"/srv/settings.toml", "my-server|--config|/srv/settings.toml|--again=/srv/settings.toml", "my-server|--config|" + to + "|--again=" + to},
		{"/usr/bin/x", "/usr/bin/x|-v", ""}, // the command itself
	} {
		argv := strings.Split(c.command, "|")
		got, used := Redirect(Command{Argv: argv, Dir: "/app"}, []Moved{{"/none", "/none"}, {c.from, to}})
		want := c.want
		if want == "" {
			want = c.command
		}
		if !slices.Equal(got, strings.Split(want, "|")) || used[0] || used[1] != (c.want != "") {
			t.Errorf("%s: %q, used %v", c.command, got, used)
		}
		if strings.Join(argv, "|") != c.command {
			t.Errorf("%s has been written to", c.command)
		}
	}
}

func TestRedirectIncludes(t *testing.T) {
	const conf = `user www; # include conf.d/a.conf;
include modules/*.conf;
http {
	include       /etc/nginx/mime.types;
	include conf.d/*.conf; include '/etc/nginx/conf.d/*.conf';
	log_format x "include conf.d/a.conf;";
}
stream { include stream.d/*.conf; }
`
	got, found := RedirectIncludes("/etc/nginx", conf, []string{"/etc/nginx/conf.d/a.conf", "/etc/nginx/stream.d/b.conf", "/etc/nginx/none.conf"}, "/run/t")
	want := strings.NewReplacer(
		"include conf.d/*.conf; include '/etc/nginx/conf.d/*.conf'", `include "/run/t/etc/nginx/conf.d/*.conf"; include "/run/t/etc/nginx/conf.d/*.conf"`,
		"include stream.d/*.conf", `include "/run/t/etc/nginx/stream.d/*.conf"`,
	).Replace(conf)
	if got != want || !slices.Equal(found, []bool{true, true, false}) {
		t.Errorf("%s\nfound %v", got, found)
	}
	for name, want := range map[string]bool{"http": true, "stream": true, "x": false, "mail": false, "include": false} {
		if HasBlock(conf, name) != want {
			t.Errorf("block %s: %v", name, !want)
		}
	}
}
