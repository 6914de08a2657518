package conformance

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entrypoint/supervisor/gateway/realserver"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

func TestMain(m *testing.M) { os.Exit(realserver.Main(m)) }

// serve runs entry-point with a program that is well and three that are not; the URL is of its API.
func serve(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hooked.log")
	if err := os.WriteFile(file+".1", []byte("lines before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	url, client := realserver.Start(t, `
[program:web]
command = sh -c "echo hello; echo wrong >&2; trap : HUP; while :; do sleep 1000 & wait; done" sh --token hush
environment = GREETING=hello,DB_PASSWORD="hush"
ready = exec:true
startsecs = 0
reload_signal = HUP
[program:bad]
command = sh -c "exit 3"
startsecs = 30
startretries = 0
critical = no
[program:needy]
command = sleep 1000
depends_on = bad
critical = no
[program:hooked]
command = sleep 1000
pre_start = sleep 1000
stdout_logfile = `+file+`
critical = no
`), http.Client{Timeout: realserver.Patience}
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if res, err := client.Get(url + "/v1/programs/bad"); err == nil {
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if strings.Contains(string(body), "FATAL") {
				return url
			}
		}
		if time.Since(begin) > realserver.Patience {
			t.Fatal("entry-point does not answer")
		}
	}
}

type checker struct {
	t      *testing.T
	url    string
	router routers.Router
	asked  map[string]bool
}

// ask validates a request and its answer, and returns the answer.
func (c *checker) ask(method, path, body string, code int, header ...string) string {
	c.t.Helper()
	request := func() *http.Request {
		r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	route, params, err := c.router.FindRoute(request())
	if err != nil {
		c.t.Errorf("%s %s: %v", method, path, err)
		return ""
	}
	c.asked[method+" "+route.Path] = true
	input := &openapi3filter.RequestValidationInput{
		Request: request(), PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(c.t.Context(), input); err != nil && code < 400 {
		c.t.Errorf("%s %s: the document does not know the request: %v", method, path, err)
	}
	res, err := http.DefaultClient.Do(request())
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var text []byte
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		text = make([]byte, 1000)
		n, _ := io.ReadAtLeast(res.Body, text, len("retry: 1000\n\ndata"))
		text = text[:n]
	} else if text, err = io.ReadAll(res.Body); err != nil {
		c.t.Fatal(err)
	}
	if res.StatusCode != code {
		c.t.Errorf("%s %s: %d, want %d: %s", method, path, res.StatusCode, code, text)
	}
	output := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Options: input.Options}
	output.SetBodyBytes(text)
	if err := openapi3filter.ValidateResponse(c.t.Context(), output); err != nil {
		c.t.Errorf("%s %s: the answer is not what the document says: %v\n%s", method, path, err, text)
	}
	return string(text)
}

func TestConformance(t *testing.T) {
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.JSONBodyDecoder)
	c := &checker{t: t, url: serve(t), asked: map[string]bool{}}
	res, err := http.Get(c.url + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatalf("the document is none: %v", err)
	}
	document.Servers = openapi3.Servers{{URL: c.url}}
	if c.router, err = gorillamux.NewRouter(document); err != nil {
		t.Fatal(err)
	}
	want := func(text, part string) {
		t.Helper()
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %s", part, text)
		}
	}
	c.ask("GET", "/v1/openapi.json", "", 200)
	want(c.ask("GET", "/v1/problems/no-such-program", "", 200), "no such program")
	c.ask("GET", "/v1/problems/nothing", "", 404)
	want(c.ask("GET", "/v1/info", "", 200), `"state":"RUNNING"`)
	want(c.ask("GET", "/v1/health", "", 200), `"ready":true`)
	want(c.ask("GET", "/v1/usage?name=web", "", 200), `"memory_bytes":`)
	want(c.ask("GET", "/v1/container", "", 200), `"host":"`)
	want(c.ask("GET", "/v1/samples?points=10&name=web", "", 200), `"container":{`)
	c.ask("GET", "/v1/samples?points=0", "", 400)
	detail := c.ask("GET", "/v1/programs/web/detail", "", 200)
	for _, part := range []string{`"key":"startsecs","value":"0"`, `"environment":["GREETING","DB_PASSWORD"]`, `"key":"priority","value":"999"`, `--token ***`, `"kind":"ready"`, `"inherited":["`} {
		want(detail, part)
	}
	if strings.Contains(detail, "hush") {
		t.Errorf("a secret is in %s", detail)
	}
	c.ask("GET", "/v1/programs/nope/detail", "", 404)
	want(c.ask("GET", "/v1/events", "", 200), `"id":"`)
	if text := c.ask("GET", "/v1/events?program=web", "", 200); strings.Contains(text, `"bad"`) {
		t.Errorf("events of web: %s", text)
	}
	want(c.ask("GET", "/v1/events?program=bad", "", 200), `given up after 1 try","bad":true`)
	want(c.ask("GET", "/v1/events?heartbeat=60", "", 200, "Accept", "text/event-stream"), "data: {")
	want(c.ask("GET", "/v1/programs?name=web&name=bad", "", 200), `"exits":[{"code":3,"count":1}]`)
	want(c.ask("GET", "/v1/programs/web", "", 200), `"state":"RUNNING"`)
	want(c.ask("GET", "/v1/programs/bad", "", 200), `"last_end":"exit code 3 after `)
	want(c.ask("GET", "/v1/programs/needy", "", 200), `"reason":"for bad, which has failed: exit code 3`)
	want(c.ask("GET", "/v1/programs/needy", "", 200), `"waiting":"programs","waiting_for":["bad"]`)
	want(c.ask("GET", "/v1/programs/hooked", "", 200), `"reason":"pre_start runs","hook_ends":"`)
	want(c.ask("GET", "/v1/programs/nope", "", 404), "/v1/problems/no-such-program")
	want(c.ask("GET", "/v1/programs/web/logs?lines=5", "", 200), `"text":"hello\n"`)
	want(c.ask("GET", "/v1/programs/web/logs?stream=stderr&offset=1&length=3", "", 200), `"offset":1,"size":6,"text":"ron"`)
	want(c.ask("GET", "/v1/programs/web/logs?stream=stdout", "", 200, "Accept", "text/plain"), "hello\n")
	want(c.ask("GET", "/v1/programs/web/logs?stream=stdout&follow=true", "", 200), `data: {"stream":"stdout","text":"hello\n"}`)
	c.ask("GET", "/v1/programs/web/logs?lines=-1", "", 400)
	want(c.ask("GET", "/v1/programs/hooked/logs?stream=stdout&backup=1&offset=6", "", 200), `"offset":6,"size":13,"text":"before\n","file":"`)
	want(c.ask("GET", "/v1/programs/hooked/logs?stream=stdout&backup=2", "", 200), `"offset":0,"size":0,"text":""}`)
	want(c.ask("GET", "/v1/programs/web/logs?stream=stdout&backup=1", "", 200), `"offset":0,"size":0,"text":""}`)
	want(c.ask("POST", "/v1/programs/web/start", "", 200), `"RUNNING"`)
	want(c.ask("POST", "/v1/programs/web/signal", `{"signal":"HUP"}`, 200), `"RUNNING"`)
	want(c.ask("GET", "/v1/events?program=web", "", 200), `"text":"sent SIGHUP","by":"somebody from 127.0.0.1 (API)"`)
	c.ask("POST", "/v1/programs/web/signal", `{"signal":"NONE"}`, 400)
	want(c.ask("POST", "/v1/programs/web/reload", "", 200), `"RUNNING"`)
	c.ask("POST", "/v1/programs/bad/reload", "", 409)
	for range 2 { // the second time it is so already
		want(c.ask("POST", "/v1/programs/web/stop?wait=true", "", 200), `"STOPPED"`)
	}
	want(c.ask("POST", "/v1/programs/web/restart", `{"wait":true}`, 200), `"RUNNING"`)
	want(c.ask("POST", "/v1/programs/bad/start", `{"wait":true}`, 409), `"status":409`)
	want(c.ask("POST", "/v1/actions", `{"do":"stop","names":["all"],"wait":true}`, 200), `"status":"ok"`)
	c.ask("POST", "/v1/actions", `{"do":"stop"}`, 400)

	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			if !c.asked[method+" "+path] {
				t.Errorf("%s is not tested", fmt.Sprint(method, " ", path))
			}
		}
	}
}
