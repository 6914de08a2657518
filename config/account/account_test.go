package account

import (
	"strings"
	"testing"
)

const (
	passwd = "# users\nroot:x:0:0:root:/root:/bin/sh\napp:x:999:999:an app,,:/srv/app:/bin/false\n" +
		"+nis::::::\nweb:x:33:33:web:/var/www:/x\nother:x:34:33::/:\nadmin:x:7:0::/:/x\nbroken\nlast:x:5:5::/last:/bin/sh"
	group = "root:x:0:\napp:x:999:\nweb:x:33:app,web\nusers:x:100:\n# end"
)

// TestRemap: the numbers of the user and of a group that is his alone change, nothing
// else does, and a second time changes nothing.
func TestRemap(t *testing.T) {
	for name, c := range map[string]struct {
		Remap
		passwd, group [2]string // what is replaced, and by what
	}{
		"both":               {Remap{"app", 1000, 1001}, [2]string{"app:x:999:999:", "app:x:1000:1001:"}, [2]string{"app:x:999:", "app:x:1001:"}},
		"the user":           {Remap{"app", 1000, Keep}, [2]string{"app:x:999:", "app:x:1000:"}, [2]string{}},
		"the group":          {Remap{"app", Keep, 100}, [2]string{"app:x:999:999:", "app:x:999:100:"}, [2]string{"app:x:999:", "app:x:100:"}},
		"a shared group":     {Remap{"web", 1000, 1001}, [2]string{"web:x:33:33:", "web:x:1000:1001:"}, [2]string{}},
		"root's group":       {Remap{"admin", 1000, 1001}, [2]string{"admin:x:7:0:", "admin:x:1000:1001:"}, [2]string{}},
		"the last line":      {Remap{"last", 1000, Keep}, [2]string{"last:x:5:5:", "last:x:1000:5:"}, [2]string{}},
		"nobody":             {Remap{"nobody", 1000, 1001}, [2]string{}, [2]string{}},
		"the numbers it has": {Remap{"app", 999, 999}, [2]string{}, [2]string{}},
	} {
		wantPasswd, wantGroup := strings.Replace(passwd, c.passwd[0], c.passwd[1], 1), strings.Replace(group, c.group[0], c.group[1], 1)
		p, g := c.Apply(passwd, group)
		if p != wantPasswd || g != wantGroup {
			t.Errorf("%s: passwd:\n%s\ngroup:\n%s", name, p, g)
		}
		if p2, g2 := c.Apply(p, g); p2 != p || g2 != g {
			t.Errorf("%s: a second time changes it:\n%s\n%s", name, p2, g2)
		}
		// Group is written before passwd; whoever is killed in between has this.
		if p2, g2 := c.Apply(passwd, g); p2 != p || g2 != g {
			t.Errorf("%s: from a half it becomes:\n%s\n%s", name, p2, g2)
		}
	}
}

func TestRemapKeepsCarriageReturns(t *testing.T) {
	r := Remap{"app", 7, 8}
	if p, g := r.Apply("app:x:1:2\r\n", "app:x:2:\r\n"); p != "app:x:7:8\r\n" || g != "app:x:8:\r\n" {
		t.Errorf("%q %q", p, g)
	}
}

func TestHolders(t *testing.T) {
	for _, c := range []struct {
		r    Remap
		want string
	}{
		{Remap{"app", 33, 100}, "user 33 is web as well, group 100 is users as well"},
		{Remap{"app", 1000, 1000}, ""},
		{Remap{"app", 999, 999}, ""},
		{Remap{"app", Keep, Keep}, ""},
	} {
		if got := c.r.Holders(passwd, group); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}

func TestEntries(t *testing.T) {
	if e, ok := ByName(passwd, "app"); !ok || e != (Entry{"app", 999, 999, "/srv/app"}) {
		t.Errorf("%+v %v", e, ok)
	}
	if e, ok := ByUID(passwd, 34); !ok || e.Name != "other" {
		t.Errorf("%+v %v", e, ok)
	}
	if _, ok := ByName(passwd, "broken"); ok {
		t.Error("a line that is no entry is one")
	}
	if names := strings.Join(Names(passwd), " "); !strings.HasPrefix(names, "root app +nis web") {
		t.Error(names)
	}
	if e, ok := ByName(Line(&Entry{"default", 1234567, 0, "/tmp/x"}), "default"); !ok || e != (Entry{"default", 1234567, 0, "/tmp/x"}) {
		t.Errorf("%+v %v", e, ok)
	}
	for name, want := range map[string]bool{"app": true, "a.b-c_D9": true, "": false, "12": false, "a:b": false, "a\nb": false, "a b": false, "-x": false} {
		if IsName(name) != want {
			t.Errorf("%q is a name: %v", name, !want)
		}
	}
}
