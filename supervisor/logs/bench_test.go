package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the processes of the benchmarks as well.
func TestMain(m *testing.M) {
	switch os.Getenv("LOGS_BE") {
	case "printer": // prints blocks of 64 kB with lines of 120 bytes
		line := append(bytes.Repeat([]byte("x"), 119), '\n')
		blocks, _ := strconv.Atoi(os.Getenv("LOGS_BLOCKS"))
		block := bytes.Repeat(line, 1+len(line)*blockSize/len(line))
		for i := range blocks {
			from := i * blockSize % len(line)
			if _, err := os.Stdout.Write(block[from : from+blockSize]); err != nil {
				os.Exit(1)
			}
		}
	case "reader": // reads as whoever takes a container's output
		buf, n := make([]byte, blockSize), 0
		for {
			k, err := os.Stdin.Read(buf)
			n += k
			if err == io.EOF {
				fmt.Print(n)
				return
			}
		}
	default:
		os.Exit(m.Run())
	}
}

const blockSize = 1 << 16

func be(what string, blocks int) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "LOGS_BE="+what, "LOGS_BLOCKS="+strconv.Itoa(blocks))
	cmd.Stderr = os.Stderr
	return cmd
}

// throughput lets one process print b.N blocks to targets, and another read the
// container's stdout.
func throughput(b *testing.B, format Format, targets []Target) {
	read, write, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	reader := be("reader", 0)
	reader.Stdin = read
	var count bytes.Buffer
	reader.Stdout = &count
	if err := reader.Start(); err != nil {
		b.Fatal(err)
	}
	read.Close()
	p := NewPump(Options{Format: format, Stdout: write, Log: func(s string) { b.Error(s) }})
	spec := Spec{Program: "web", Stream: "stdout", Targets: targets, UID: -1}
	printer := be("printer", b.N)
	s, err := p.Open(spec)
	if err != nil {
		b.Fatal(err)
	}
	printer.Stdout = s.File()
	b.SetBytes(blockSize)
	b.ReportAllocs()
	var before, after unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &before)
	b.ResetTimer()
	if err := printer.Start(); err != nil {
		b.Fatal(err)
	}
	s.Start(printer.Process.Pid)
	if err := printer.Wait(); err != nil {
		b.Fatal(err)
	}
	s.Ended(nil)
	p.Drain(patience)
	write.Close()
	if err := reader.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	_ = unix.Getrusage(unix.RUSAGE_SELF, &after)
	cpu := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(cpu)/1e6/(float64(b.N)*blockSize/1e9), "cpu-ms/GB")
	if n, _ := strconv.Atoi(count.String()); len(targets) > 0 && targets[0].Kind == Stdout && n < b.N*blockSize {
		b.Errorf("%d bytes of %d", n, b.N*blockSize)
	}
}

func BenchmarkPlain(b *testing.B)  { throughput(b, Plain, toStdout) }
func BenchmarkPrefix(b *testing.B) { throughput(b, Prefix, toStdout) }
func BenchmarkJSON(b *testing.B)   { throughput(b, JSON, toStdout) }

func BenchmarkFile(b *testing.B) {
	throughput(b, Raw, []Target{{Kind: File, Path: filepath.Join(b.TempDir(), "log")}})
}

func BenchmarkFileRotated(b *testing.B) {
	throughput(b, Raw, []Target{{Kind: File, Path: filepath.Join(b.TempDir(), "log"), MaxBytes: 50 << 20, Backups: 10}})
}

// BenchmarkLines is the formats' own part, without pipes.
func BenchmarkLines(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	line := append(bytes.Repeat([]byte("x"), 119), '\n')
	block := bytes.Repeat(line, 2*blockSize/len(line))[:blockSize]
	for name, format := range map[string]Format{"prefix": Prefix, "json": JSON} {
		b.Run(name, func(b *testing.B) {
			p := NewPump(Options{Format: format, Stdout: null})
			s := &Stream{spec: Spec{Program: "web", Stream: "stdout"}, pump: p, worker: &worker{}}
			t := p.consoleTarget(s, p.out)
			b.SetBytes(blockSize)
			b.ReportAllocs()
			for b.Loop() {
				t.write(block)
			}
		})
	}
}

// BenchmarkLoneLine is how long a line that comes alone, after a silence, is on its way.
func BenchmarkLoneLine(b *testing.B) {
	read, write, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer read.Close()
	p := NewPump(Options{Format: Plain, Stdout: write, Log: func(string) {}})
	s, err := p.Open(Spec{Program: "web", Stream: "stdout", Targets: toStdout, UID: -1})
	if err != nil {
		b.Fatal(err)
	}
	child, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", s.File().Fd()), os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	s.Start(os.Getpid())
	var buf [100]byte
	var took []time.Duration
	for b.Loop() {
		time.Sleep(5 * time.Millisecond) // the silence
		begin := time.Now()
		if _, err := child.WriteString("alone\n"); err != nil {
			b.Fatal(err)
		}
		if _, err := read.Read(buf[:]); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/line")
	child.Close()
	s.Ended(nil)
	p.Drain(patience)
}
