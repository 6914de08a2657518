package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"entrypoint/config/account"
	"entrypoint/config/ini"
)

const ownedPasswd = "root:x:0:0:root:/root:/bin/sh\napp:x:999:999::/srv/app:/bin/false\nweb:x:33:33::/var/www:/bin/false\n"

// ownedLoader is a loader with accounts of its own, as a user.
func ownedLoader(t *testing.T, me identity, env ...string) *loader {
	t.Helper()
	l, err := newLoader(&Options{Dir: "/srv", Env: env})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	l.me, l.accounts = me, accounts{passwd: dir + "/passwd", group: dir + "/group"}
	write(t, l.accounts.passwd, ownedPasswd)
	write(t, l.accounts.group, "root:x:0:\napp:x:999:\nweb:x:33:app\n")
	return l
}

// readOwn reads keys of [entrypoint], as Load does.
func (l *loader) readOwn(t *testing.T, keys string) string {
	t.Helper()
	f, err := ini.Read("app.conf", []byte("[entrypoint]\n"+keys+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	l.remap(f.Section("entrypoint"))
	l.entrypointKeys(f.Section("entrypoint"), func(string) bool { return true })
	if len(l.errs) == 0 {
		return ""
	}
	var lines []string
	for _, e := range l.list() {
		lines = append(lines, strings.ReplaceAll(e.Error(), filepath.Dir(l.accounts.passwd), "/etc"))
	}
	return strings.Join(lines, "\n")
}

// TestRemap: PUID and PGID count for every user that is looked up, if there is a puid_user.
func TestRemap(t *testing.T) {
	root, other := identity{0, 0}, identity{1000, 1000}
	for name, c := range map[string]struct {
		me    identity
		env   []string
		keys  string
		want  string // the numbers of app, with a group of app's as well
		wrong string
	}{
		"no key":              {root, []string{"PUID=1000"}, "", "999:999", ""},
		"both":                {root, []string{"PUID=1000", "PGID=1001"}, "puid_user = app", "1000:1001", ""},
		"by the environment":  {root, []string{"PUID=1000", "ENTRYPOINT_PUID_USER=app"}, "puid_user = web", "1000:999", ""},
		"the group":           {root, []string{"PGID=100"}, "puid_user = app", "999:100", ""},
		"empty":               {root, []string{"PUID=", "PGID="}, "puid_user = app", "999:999", ""},
		"we are that":         {other, []string{"PUID=1000", "PGID=1000"}, "puid_user = app", "1000:1000", ""},
		"root":                {root, []string{"PUID=0", "PGID=0"}, "puid_user = app", "999:999", "environment variable PGID: 0 is root, and puid_user must not become root; leave the variable out\nenvironment variable PUID: 0 is root, and puid_user must not become root; leave the variable out"},
		"no number":           {root, []string{"PUID=app"}, "puid_user = app", "999:999", `environment variable PUID: "app" is not a number of a user or group, such as 1000`},
		"too large":           {root, []string{"PUID=4294967295"}, "puid_user = app", "999:999", `environment variable PUID: "4294967295" is not a number of a user or group, such as 1000`},
		"negative":            {root, []string{"PGID=-1"}, "puid_user = app", "999:999", `environment variable PGID: "-1" is not a number of a user or group, such as 1000`},
		"nobody":              {root, []string{"PUID=1000"}, "puid_user = ap", "999:999", `environment variable PUID, PGID: puid_user: no user "ap" in /etc/passwd (did you mean app?)`},
		"of root":             {root, []string{"PUID=1000"}, "puid_user = root", "999:999", "environment variable PUID, PGID: puid_user: root is root, whose number stays"},
		"we are another user": {other, []string{"PUID=1001"}, "puid_user = app", "999:999", "environment variable PUID, PGID: cannot give app other numbers: we run as 1000:1000, and only root can become somebody else; leave the variables out, or start the container as root"},
	} {
		t.Run(name, func(t *testing.T) {
			l := ownedLoader(t, c.me, c.env...)
			if got := l.readOwn(t, c.keys); got != c.wrong {
				t.Errorf("got  %s\nwant %s", got, c.wrong)
			}
			u, err := find("app:app", &l.accounts)
			if err != nil {
				t.Fatal(err)
			}
			if got := (account.Remap{UID: u.Uid, GID: u.Gid}); c.want != numbersOf(got) {
				t.Errorf("app is %s, want %s", numbersOf(got), c.want)
			}
			if r := l.c.Prelude.Ownership.Remap; (r != nil) != (c.wrong == "" && c.want != "999:999") {
				t.Errorf("the prelude is told %+v", r)
			}
		})
	}
}

func numbersOf(r account.Remap) string {
	return strings.Join([]string{strconv.Itoa(r.UID), strconv.Itoa(r.GID)}, ":")
}

// TestRemapTellsHome: a supervisord.conf leaves programs with root's HOME; not so the user
// of PUID, whose name the tools may not find.
func TestRemapTellsHome(t *testing.T) {
	for env, want := range map[string]string{"": "", "PUID=1000": "HOME=/srv/app USER=app LOGNAME=app"} {
		l := ownedLoader(t, identity{0, 0}, "ENTRYPOINT_PUID_USER=app", env)
		c, err := l.load("supervisord.conf", []byte("[supervisord]\nuser = app\n[program:a]\ncommand = a\n[program:b]\ncommand = b\nuser = app\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Programs {
			var got []string
			for _, v := range p.Environment {
				if strings.HasPrefix(v, "HOME=") || strings.HasPrefix(v, "USER=") || strings.HasPrefix(v, "LOGNAME=") {
					got = append(got, v)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s with %q: %s", p.Name, env, got)
			}
			if uid := p.User.UID; (uid == 1000) != (want != "") {
				t.Errorf("%s with %q: user %d", p.Name, env, uid)
			}
		}
	}
}

func TestOwn(t *testing.T) {
	for text, want := range map[string]string{
		"own = /data:app":                          "/data app 999 - 999",
		"own = /data/:app:web, media/../x:1000:33": "/data app:web 999 33 33|/srv/x 1000:33 1000 33 33",
		"own = /data:1000":                         "/data 1000 1000 - 0",
		"own =":                                    "",
	} {
		l := ownedLoader(t, identity{1, 1})
		if wrong := l.readOwn(t, text); wrong != "" {
			t.Error(wrong)
		}
		var got []string
		for _, o := range l.c.Prelude.Ownership.Own {
			gid := strconv.Itoa(int(o.GID))
			if o.GID == unchanged {
				gid = "-"
			}
			got = append(got, strings.Join([]string{o.Path, o.Name, strconv.Itoa(int(o.UID)), gid, strconv.Itoa(int(o.Group))}, " "))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	for text, want := range map[string]string{
		"own = /data":                      `"/data" is not PATH:USER or PATH:USER:GROUP, such as /data:app`,
		"own = :app":                       `":app" is not PATH:USER or PATH:USER:GROUP, such as /data:app`,
		"own = /data:":                     `"/data:" is not PATH:USER or PATH:USER:GROUP, such as /data:app`,
		"own = /data:ap":                   `no user "ap" in /etc/passwd (did you mean app?); a number needs no entry there`,
		"own = /data:app:wbe":              `no group for "app:wbe" in /etc/group (did you mean web?); a number needs no entry there`,
		"own = /srv/../:app":               `"/" is a directory of the system, whose files must not belong to one user`,
		"own = /proc/self:app":             `"/proc/self" is a directory of the system, whose files must not belong to one user`,
		"own = /usr/:app":                  `"/usr" is a directory of the system, whose files must not belong to one user`,
		"own = /data:app, /data/x/..:root": `"/data" is there twice`,
	} {
		if got := ownedLoader(t, identity{0, 0}).readOwn(t, text); got != "app.conf:2: [entrypoint] own: "+want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

// TestFindUser: -u. The names of this machine are root's alone for certain.
func TestFindUser(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "root, to become someone else")
	}
	u, variables, err := FindUser(&Options{}, "4711")
	if err != nil || u.UID != 4711 || u.GID != 4711 || len(u.Groups) != 1 || u.Groups[0] != 4711 || strings.Join(variables, " ") != "HOME=/ USER=4711 LOGNAME=4711" {
		t.Errorf("%+v %v %v", u, variables, err)
	}
	if u, _, err := FindUser(&Options{}, "4711:0"); err != nil || u.GID != 0 {
		t.Errorf("%+v %v", u, err)
	}
	if u, _, err := FindUser(&Options{}, "root"); err != nil || u != nil {
		t.Errorf("%+v %v", u, err)
	}
	if _, _, err := FindUser(&Options{}, "rooot"); err == nil || !Absent(err) || !strings.Contains(err.Error(), "did you mean root?") {
		t.Error(err)
	}
	if _, _, err := FindUser(&Options{Env: []string{"PUID=x", "ENTRYPOINT_PUID_USER=root"}, Dir: t.TempDir()}, "root"); err == nil || Absent(err) {
		t.Error(err)
	}
}
