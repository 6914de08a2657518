package control

import (
	"os"
	"testing"
)

// TestBySocket: the server itself finds out who a client of the socket is, whatever that
// says.
func TestBySocket(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	c := dial(t, path)
	c.send(`{"do":"stop","names":["web"],"by":{"way":"page","user":"mallory","address":"10.0.0.1"}}` + "\n")
	r := wait(t, f.begun, "stop")
	if want := byUser(uint32(os.Geteuid()), false).String(); r.By.String() != want {
		t.Errorf("a client of the socket is %s, want %s", r.By, want)
	}
	r.reply(done)
	c.want(`{"done":true}`)
}

// TestByGateway: the gateway is believed when it says who has asked it.
func TestByGateway(t *testing.T) {
	f := newFake()
	said := make(chan string, 2)
	f.at = func(r *Request, reply func(*Answer)) bool { said <- r.By.String(); reply(done); return true }
	channel, _ := channelTo(t, unlistening(t, f), Briefing{})
	client, err := channel.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for by, want := range map[*By]string{
		{Way: "page", User: "admin", Address: "10.0.0.9"}: "admin from 10.0.0.9 (page)",
		nil: "somebody (HTTP)",
	} {
		if err := client.Do(&Request{Do: DoStop, By: by}, nil); err != nil {
			t.Fatal(err)
		}
		if got := <-said; got != want {
			t.Errorf("a client of the gateway is %s, want %s", got, want)
		}
	}
}

// TestByString: what somebody calls himself does no harm to who reads it.
func TestByString(t *testing.T) {
	for want, by := range map[string]*By{
		"":                              nil,
		"root (ctl)":                    byUser(0, false),
		"user 33 (ctl)":                 byUser(33, false),
		"somebody from ::1 (API)":       {Way: "API", Address: "::1"},
		`a\x1b[31m from 1.2.3.4 (page)`: {Way: "page", User: "a\x1b[31m", Address: "1.2.3.4"},
	} {
		if got := by.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
