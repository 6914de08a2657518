package main_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed is every package outside of the standard library's internals that
// entry-point links. A new line here costs PID 1 of every container memory and
// start time: CONTRIBUTING.md says how to weigh it.
var allowed = strings.Fields(`
	bufio bytes cmp embed encoding encoding/base64 encoding/binary encoding/hex encoding/json errors fmt io io/fs iter maps math
	math/bits math/rand/v2 os os/signal path path/filepath reflect runtime runtime/debug slices
	sort strconv strings sync sync/atomic syscall time unicode unicode/utf16 unicode/utf8 unsafe
	github.com/jessevdk/go-flags github.com/moby/sys/user
	golang.org/x/sys/unix golang.org/x/term
	hash hash/fnv
	github.com/robfig/cron/v3 context io/ioutil log log/internal
`)

func TestLinksNothingHeavy(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "entrypoint/supervisor/process") {
		t.Fatalf("go list printed %q", out)
	}
	for _, dep := range deps {
		internal := strings.HasPrefix(dep, "internal/") || strings.Contains(dep, "/internal/") || strings.HasPrefix(dep, "vendor/")
		if !internal && !strings.HasPrefix(dep, "entrypoint/") && !slices.Contains(allowed, dep) {
			t.Errorf("links %s; may it? (see the comment above allowed)", dep)
		}
	}
	for _, heavy := range []string{"net", "net/http", "encoding/xml", "html/template", "text/template", "crypto/tls", "os/exec", "regexp"} {
		if slices.Contains(deps, heavy) {
			t.Errorf("links %s, which costs PID 1 too much", heavy)
		}
	}
}

// TestStaticAndSmall: what is shipped is one file each that needs nothing else, for both
// architectures: entry-point at most 6 MiB, its gateway at most 14 MB.
func TestStaticAndSmall(t *testing.T) {
	t.Parallel()
	for _, arch := range []string{"amd64", "arm64"} {
		dir := t.TempDir()
		build := exec.Command("../../.ci/build", dir)
		build.Env = append(os.Environ(), "GOARCH="+arch)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for name, most := range map[string]int64{"entry-point": 6 << 20, "entry-point-gateway": 14_000_000} {
			file := filepath.Join(dir, name)
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, %s: %.2f MB", name, arch, float64(info.Size())/1e6)
			if info.Size() > most {
				t.Errorf("%s, %s: %d bytes, want at most %d", name, arch, info.Size(), most)
			}
			f, err := elf.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, p := range f.Progs {
				if p.Type == elf.PT_INTERP {
					t.Errorf("%s, %s: needs a dynamic loader", name, arch)
				}
			}
		}
	}
}
