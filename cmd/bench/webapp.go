package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"entrypoint/supervisor/control"
)

// webApp is nginx in front of uWSGI under our supervision, with probes.
type webApp struct {
	*contestant
	dir     string
	address string
	control string
}

const webRequests = 100_000

// newWebApp writes the application and its configuration. container are the keys of
// [entrypoint]; alive lets both programs be asked, as often as nobody says otherwise.
func (r *rig) newWebApp(container string, alive bool) (*webApp, error) {
	dir, err := r.emptyDir()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w := &webApp{dir: dir, address: address, control: filepath.Join(dir, "control.sock")}
	app, web := "", ""
	if alive {
		app = "live = unix:" + dir + "/app.sock"
		web = "live = http://" + w.address + "/"
	}
	files := map[string]string{
		"app.py": "def application(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [b'hello\\n']\n",
		"app.ini": fmt.Sprintf("[uwsgi]\nplugin = python3\nmodule = app\nmaster = true\nprocesses = 2\ndisable-logging = true\n"+
			"listen = 100\nsocket = %s/app.sock\nchmod-socket = 666\n", dir),
		"nginx.conf": fmt.Sprintf("user root;\nworker_processes 2;\npid %[1]s/nginx.pid;\nerror_log stderr;\nevents { worker_connections 2000; }\nhttp {\naccess_log off;\n"+
			"client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;\n"+
			"server { listen %[2]s; location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:%[1]s/app.sock; } }\n}\n", dir, w.address),
		"programs.conf": fmt.Sprintf("[entrypoint]\n%[2]s\n[program:app]\ncommand = uwsgi --ini %[1]s/app.ini\ndirectory = %[1]s\n%[3]s\n"+
			"[program:web]\ncommand = nginx -c %[1]s/nginx.conf\ndepends_on = app\n%[4]s\n", dir, container, app, web),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	w.contestant = newContestant("ours", "", "env", "ENTRYPOINT_SOCKET="+w.control, r.bin, "-c", filepath.Join(dir, "programs.conf"))
	return w, nil
}

// start returns when the application answers.
func (w *webApp) start(r *rig) (*pid1, error) {
	p, err := r.spawn(w.dir, w.argv...)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: time.Second}
	for begin := time.Now(); time.Since(begin) < reportTimeout; time.Sleep(5 * time.Millisecond) {
		if w.get(&client) == nil && w.running() {
			return p, nil
		}
	}
	said := p.said()
	p.kill()
	return nil, errors.New("it does not answer; it said: " + said)
}

// startWebApp is newWebApp and start.
func (r *rig) startWebApp(container string, alive bool) (*webApp, *pid1, error) {
	w, err := r.newWebApp(container, alive)
	if err != nil {
		return nil, nil, err
	}
	p, err := w.start(r)
	return w, p, err
}

// ask makes one request of entry-point.
func (w *webApp) ask(r *control.Request, each func(*control.Answer) error) error {
	c, err := control.Dial(w.control, reportTimeout)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Do(r, each)
}

// running says whether both programs have been up for their startsecs.
func (w *webApp) running() bool {
	n := 0
	err := w.ask(&control.Request{Do: control.DoStatus}, func(a *control.Answer) error {
		if a.Program != nil && a.Program.State == "RUNNING" {
			n++
		}
		return nil
	})
	return err == nil && n == 2
}

func (w *webApp) get(client *http.Client) error {
	res, err := client.Get("http://" + w.address + "/")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || string(text) != "hello\n") {
		err = fmt.Errorf("%s: %q", res.Status, text)
	}
	return err
}

// load sends requests from 16 clients, half of which keep their connections, until
// as many are sent or ctx ends. It returns how many were sent and lost.
func (w *webApp) load(ctx context.Context, most int64) (sent, lost int64) {
	var begun, failed atomic.Int64
	var clients sync.WaitGroup
	for i := range 16 {
		client := http.Client{Timeout: reportTimeout, Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		clients.Go(func() {
			defer client.CloseIdleConnections()
			for ctx.Err() == nil && begun.Add(1) <= most {
				if w.get(&client) != nil {
					failed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	return min(begun.Load(), most), failed.Load()
}

// benchWebApp counts the requests that reloads and stops lose, and what probes cost.
func benchWebApp(r *rig) ([]row, error) {
	reloads, err := benchReloads(r)
	if err != nil {
		return nil, err
	}
	drains, err := benchDrains(r)
	if err != nil {
		return reloads, err
	}
	probes, err := benchProbes(r)
	return append(append(reloads, drains...), probes...), err
}

// benchReloads reloads nginx and uWSGI in turn while requests are sent.
func benchReloads(r *rig) ([]row, error) {
	w, p, err := r.startWebApp("", false)
	if err != nil {
		return nil, err
	}
	defer p.kill()
	ctx, over := context.WithCancel(context.Background())
	reloads, failed := 0, error(nil)
	var reloading sync.WaitGroup
	reloading.Go(func() {
		for name := "web"; ctx.Err() == nil && failed == nil; {
			failed = w.reload(name)
			reloads++
			if name = "app"; reloads%2 == 0 {
				name = "web"
			}
			time.Sleep(200 * time.Millisecond)
		}
	})
	sent, lost := w.load(context.Background(), int64(r.requests))
	over()
	reloading.Wait()
	if failed != nil {
		return nil, failed
	}
	m := metric{fmt.Sprintf("requests lost of %d, %d reloads of nginx and uWSGI", sent, reloads), pieces, sample{float64(lost)}}
	return []row{m.below(0)}, nil
}

func (w *webApp) reload(name string) error {
	return w.ask(&control.Request{Do: control.DoReload, Names: []string{name}}, func(a *control.Answer) error {
		if a.Result != nil && a.Result.Status != control.OK {
			return errors.New("cannot reload " + name + ": " + a.Result.Text)
		}
		return nil
	})
}

// benchDrains stops the application again and again under load, whose clients go
// elsewhere when they notice that it is not ready, as a load balancer does.
func benchDrains(r *rig) ([]row, error) {
	w, err := r.newWebApp("drain = "+r.drain.String(), false)
	if err != nil {
		return nil, err
	}
	var sent, lost int64
	stops := 0
	for ; sent < int64(r.requests); stops++ {
		p, err := w.start(r)
		if err != nil {
			return nil, err
		}
		ctx, leave := context.WithCancel(context.Background())
		go func() {
			time.Sleep(2 * time.Second)
			_ = p.cmd.Process.Signal(syscall.SIGTERM)
			for !w.stopping() {
				time.Sleep(50 * time.Millisecond)
			}
			leave()
		}()
		n, bad := w.load(ctx, int64(r.requests))
		sent, lost = sent+n, lost+bad
		p.wait()
	}
	m := metric{fmt.Sprintf("requests lost of %d, %d stops with a drain of %v", sent, stops, r.drain), pieces, sample{float64(lost)}}
	return []row{m.below(0)}, nil
}

// stopping is what ctl health says, or that nobody says anything any more.
func (w *webApp) stopping() bool {
	stopping := false
	err := w.ask(&control.Request{Do: control.DoHealth}, func(a *control.Answer) error {
		stopping = a.Health != nil && a.Health.Stopping
		return nil
	})
	return err != nil || stopping
}

// probeCPUBar is the share of one processor that probes may cost.
const probeCPUBar = 0.001

// benchProbes measures the processor time of PID 1 while it asks two programs by
// HTTP and by a connection, every 10 seconds each.
func benchProbes(r *rig) ([]row, error) {
	_, p, err := r.startWebApp("", true)
	if err != nil {
		return nil, err
	}
	defer p.kill()
	used, err := r.idleCPU(p, p.pid())
	if err != nil {
		return nil, err
	}
	m := metric{fmt.Sprintf("processor time in %v of two programs with live=", r.idle), milliseconds, sample{used}}
	return []row{m.below(probeCPUBar * float64(r.idle))}, nil
}
