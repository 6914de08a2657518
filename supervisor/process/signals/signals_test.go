package signals

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/emulator"
)

// actEnv makes the test binary act with one of the recorders, in a process of its own.
const actEnv = "SIGNALS_TEST_ACT"

func TestMain(m *testing.M) {
	what := os.Getenv(actEnv)
	if what == "" {
		os.Exit(m.Run())
	}
	runtime.LockOSThread()
	set := ^uint64(0) &^ (bit(syscall.SIGKILL) | bit(syscall.SIGSTOP) | bit(syscall.SIGCHLD) |
		bit(syscall.SIGURG) | bit(syscall.SIGPROF) | bit(32) | bit(33))
	if what == "portable" {
		act(start(set, func(uint64) (uint64, error) { return 0, errors.New("the test says so") }), set)
	} else {
		act(Start(set), set)
	}
	os.Exit(0)
}

func bit(sig syscall.Signal) uint64 { return 1 << (sig - 1) }

// act sends each signal of set, prints those that do not arrive, and what else is wrong.
func act(r *Recorder, set uint64) {
	for _, note := range r.Notes() {
		fmt.Println("note:", note)
	}
	for sig := syscall.Signal(1); sig <= Last; sig++ {
		if set&bit(sig) == 0 || !r.Records(sig) || emulator.Used() && sig > 62 {
			continue // qemu keeps the last ones for itself
		}
		if r.Unchanged()&bit(sig) == 0 {
			sendAndReceive(sig)
		} else if err := syscall.Kill(os.Getpid(), sig); err != nil {
			fmt.Println(err)
		}
	}
	if got := Take() & r.Unchanged(); got != 0 {
		fmt.Printf("ignored, and recorded: %#x\n", got)
	}
	r.Child()
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		fmt.Println(err)
	}
	if got := receive(bit(syscall.SIGCHLD)); got != bit(syscall.SIGCHLD) {
		fmt.Printf("the end of a child: %#x\n", got)
	}

	// Thousands of one signal drive out no other.
	for range 5000 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	if want := bit(syscall.SIGUSR1) | bit(syscall.SIGTERM); receive(want) != want {
		fmt.Println("in a flood a signal is lost")
	}

	seen := Count()
	go Wake()
	for Count() == seen {
		Wait(seen, 0)
	}
	for {
		begin, seen := time.Now(), Count()
		Wait(seen, 20*time.Millisecond)
		took := time.Since(begin)
		if Count() != seen {
			continue // a late signal of the flood
		}
		if took < 20*time.Millisecond {
			fmt.Println("waited", took)
		}
		break
	}
	func() {
		defer func() {
			if recover() == nil {
				fmt.Println("a fault was no panic")
			}
		}()
		var nothing *Recorder
		nothing.portable = true
	}()
	fmt.Printf("unchanged %#x\n", r.Unchanged())
}

func sendAndReceive(sig syscall.Signal) {
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		fmt.Println(err)
	}
	if got := receive(bit(sig)); got != bit(sig) {
		fmt.Printf("sent %d, got %#x\n", sig, got)
	}
}

// receive waits for all signals of a set, and returns what has come until then.
func receive(want uint64) (got uint64) {
	for begin := time.Now(); time.Since(begin) < 20*time.Second; {
		seen := Count()
		if got |= Take(); got&want == want {
			return got
		}
		Wait(seen, time.Second)
	}
	return got
}

// TestRecorders: by each of the recorders every signal arrives, and what somebody had
// ignored for us stays so.
func TestRecorders(t *testing.T) {
	recorders := map[string]string{"portable": ""}
	if hasNative {
		recorders["native"] = ""
		recorders["portable"] = "note: signals are recorded by os/signal: the runtime's action for signals is not as expected: the test says so\n"
	}
	for what, notes := range recorders {
		for trap, unchanged := range map[string]uint64{"": 0, "HUP INT": bit(syscall.SIGHUP) | bit(syscall.SIGINT)} {
			for sig := syscall.Signal(1); sig < 32; sig++ {
				if signal.Ignored(sig) { // by whoever has started the tests, with nohup(1) for example
					unchanged |= bit(sig)
				}
			}
			t.Run(what+" "+trap, func(t *testing.T) {
				t.Parallel()
				script := `exec "$0" "$@"`
				if trap != "" {
					script = `trap "" ` + trap + "; " + script
				}
				c := exec.Command("sh", append([]string{"-c", script}, emulator.Argv(os.Args[0])...)...)
				c.Env = append(os.Environ(), actEnv+"="+what)
				out, err := c.CombinedOutput()
				want := fmt.Sprintf("%sunchanged %#x\n", notes, unchanged)
				if err != nil || string(out) != want {
					t.Errorf("%v\n%swant\n%s", err, out, want)
				}
			})
		}
	}
}
