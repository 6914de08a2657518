package flask_test

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entrypoint/examples/internal/dockertest"
)

// The tests of supervisor/setup hold the details, with the same apt-get and
// pip; these hold that it works in containers, whose life and volumes they use.

// work is a folder that containers share as their working directory: what a
// volume is to an application.
type work struct {
	t   *testing.T
	dir string
}

func newWork(t *testing.T, files map[string]string) *work {
	t.Helper()
	w := &work{t, t.TempDir()}
	for name, text := range files {
		w.write(name, text)
	}
	return w
}

func (w *work) write(name, text string) {
	w.t.Helper()
	dockertest.WriteFile(w.t, filepath.Join(w.dir, name), text)
}

// flags mounts the folder, and the wheels of its folder dist as pip's index.
func (w *work) flags() []string {
	return []string{
		"-v", w.dir + ":/srv", "-w", "/srv",
		"-e", "PIP_NO_INDEX=1", "-e", "PIP_FIND_LINKS=/srv/dist",
	}
}

// command is a container whose debug command is argv: it runs the setup first.
func (w *work) command(image dockertest.Image, argv ...string) dockertest.Spec {
	return dockertest.Spec{Image: image, Flags: w.flags(), Args: append([]string{"-d", "--"}, argv...)}
}

// wheel writes a package for pip: a module of that name with a version.
func (w *work) wheel(name, version string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "dist", fmt.Sprintf("%s-%s-py3-none-any.whl", name, version))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	archive := zip.NewWriter(f)
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	for _, entry := range [][2]string{
		{name + ".py", "version = '" + version + "'\n"},
		{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{info + "RECORD", name + ".py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"},
	} {
		out, err := archive.Create(entry[0])
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := io.WriteString(out, entry[1]); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		w.t.Fatal(err)
	}
}

const printVersion = "import thing; print(thing.version)"

// TestSetupApt installs a Debian package at the first start, through the
// engine's bridge, and finds it there at the second.
func TestSetupApt(t *testing.T) {
	t.Parallel()
	w := newWork(t, map[string]string{"requirements_os.txt": "# greets\nhello\n"})
	c := dockertest.Start(t, w.command(bare(t), "hello"))
	if code := c.Wait(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	c.WaitLog("Hello, world!", 1)
	first := c.Logs()
	if !regexp.MustCompile(`setup: requirements_os.txt: done in \d+\.\d s`).MatchString(first) {
		t.Error("the log does not say how long the step took")
	}
	c.Restart()
	c.WaitLog("Hello, world!", 2)
	c.Wait()
	if n := strings.Count(c.Logs(), "setup: requirements_os.txt: done"); n != 1 {
		t.Errorf("the step ran %d times in two starts", n)
	}
}

// TestSetupNewContainer starts a second container on the first one's volume: its
// marker says that packages are installed, and they are gone.
func TestSetupNewContainer(t *testing.T) {
	t.Parallel()
	w := newWork(t, map[string]string{"requirements_os.txt": "hello"})
	for n := range 2 {
		out := dockertest.Run(t, w.command(bare(t), "hello"))
		if out.Code != 0 || !strings.Contains(out.Stdout, "Hello, world!") {
			t.Fatalf("container %d: exit code %d\n%s%s", n, out.Code, out.Stdout, out.Stderr)
		}
		if said := strings.Contains(out.Stderr, "is gone: hello"); said != (n == 1) {
			t.Errorf("container %d: says that packages are gone: %v\n%s", n, said, out.Stderr)
		}
	}
}

// TestSetupPip installs, changes and breaks requirements.txt.
func TestSetupPip(t *testing.T) {
	t.Parallel()
	w := newWork(t, map[string]string{"requirements.txt": "thing==1.0\n"})
	w.wheel("thing", "1.0")
	w.wheel("thing", "2.0")
	c := dockertest.Start(t, w.command(flask(t), "python3", "-c", printVersion))
	if code := c.Wait(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	c.WaitLog("\n1.0\n", 1)

	w.write("requirements.txt", "thing==2.0\n")
	c.Restart()
	c.WaitLog("\n2.0\n", 1)
	c.Wait()

	w.write("requirements.txt", "thing==3.0\n")
	c.Restart()
	if code := c.Wait(); code == 0 {
		t.Error("exit code 0 although the packages cannot be installed")
	}
	if log := c.Logs(); !strings.Contains(log, "No matching distribution found for thing==3.0") {
		t.Errorf("pip's reason is missing in the log:\n%s", log)
	}
	c.Restart() // a failed step is tried again
	if code := c.Wait(); code == 0 {
		t.Error("exit code 0 at the next start")
	}
	w.wheel("thing", "3.0")
	c.Restart()
	c.WaitLog("\n3.0\n", 1)
}

// TestSetupTwoAtOnce starts two containers on one volume at the same moment.
func TestSetupTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWork(t, map[string]string{"requirements_os.txt": "hello", "requirements.txt": "thing"})
	w.wheel("thing", "1.0")
	spec := w.command(flask(t), "sh", "-c", "hello && exec python3 -c '"+printVersion+"'")
	both := []*dockertest.Container{dockertest.Start(t, spec), dockertest.Start(t, spec)}
	for i, c := range both {
		if code := c.Wait(); code != 0 {
			t.Errorf("container %d: exit code %d", i, code)
		}
		c.WaitLog("Hello, world!\n1.0\n", 1)
	}
}

// TestSetupStop stops a container in the middle of an installation, kills it in
// another one, and lets it finish in the end.
func TestSetupStop(t *testing.T) {
	t.Parallel()
	w := newWork(t, map[string]string{"requirements_os.txt": "hello tree"})
	c := dockertest.Start(t, w.command(bare(t), "hello"))
	c.WaitLog("setup: requirements_os.txt: installing", 1)
	checkStop(t, c, 143)

	for n := range 4 {
		dockertest.Docker(t, "start", c.ID)
		c.WaitLog("setup: requirements_os.txt: installing", n+2)
		// Waits for nothing: the kill shall hit apt-get somewhere else each time.
		time.Sleep(time.Duration(n) * 800 * time.Millisecond)
		if !c.Kill() {
			break // too late: everything is installed
		}
	}
	dockertest.Docker(t, "start", c.ID)
	c.WaitLog("Hello, world!", 1)
	if code := c.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestFirstStart runs the example from an image that has only Debian and
// entry-point: all that the Dockerfile bakes is installed at the first start.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	image := dockertest.Build(t, bare(t), `
RUN echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/90no-recommends
RUN useradd --system nginx && chmod 1777 /run
WORKDIR /
COPY nginx.conf /etc/nginx/nginx.conf
COPY requirements.txt requirements_os.txt app.ini /
COPY app.py /app/app.py`, map[string]string{
		"nginx.conf": "nginx.conf", "requirements.txt": "requirements.txt", "requirements_os.txt": "requirements_os.txt",
		"app.ini": "app.ini", "app.py": "app/app.py",
	})
	c := dockertest.Start(t, dockertest.Spec{Image: image, Flags: publish("80")})
	c.WaitLog("Running app in production mode!\n", 1)
	if body := c.WaitServing(80, "/"); !strings.Contains(body, page) {
		t.Errorf("GET / answered %q", body)
	}
	if c.Exec("test", "-s", "/debug0").Code != 0 {
		t.Error("no marker debug0")
	}
	c.Restart()
	c.WaitServing(80, "/")
	if n := strings.Count(c.Logs(), "setup: requirements_os.txt: done"); n != 1 {
		t.Errorf("the step ran %d times in two starts", n)
	}
	checkStop(t, c, 0)
}
