package supervisor

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"

	"entrypoint/supervisor/logs"
)

// TestFeederTakesAnySize: what is written to a program that reads arrives whole, however
// large it is and however small the buffer; for one that does not read there is a bound,
// and the buffer has everything back at the end.
func TestFeederTakesAnySize(t *testing.T) {
	s := &Supervisor{Options: Options{Buffer: logs.NewBuffer(100 << 10)}}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f := s.newFeeder(writer)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := f.send(large); err != nil {
		t.Fatal(err)
	}
	sent, refused := len(large), false
	for range 100 {
		if err := f.send(large[:10000]); err != nil {
			refused = true
			break
		}
		sent += 10000
	}
	if !refused {
		t.Errorf("%d bytes wait for a program that does not read", sent)
	}
	got, err := io.ReadAll(io.LimitReader(reader, int64(sent)))
	if err != nil || len(got) != sent || !bytes.Equal(got[:len(large)], large) {
		t.Errorf("%d bytes of %d arrived, %v", len(got), sent, err)
	}
	for begin := time.Now(); f.send(large) != nil; time.Sleep(time.Millisecond) { // there is room again
		if time.Since(begin) > 10*time.Second {
			t.Fatal("there is no room after it has read all")
		}
	}
	f.close()
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Error(err)
	}
	for begin := time.Now(); s.Buffer.Used() != 0; time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d bytes of the buffer are gone", s.Buffer.Used())
		}
	}
	if err := f.send(nil); err == nil {
		t.Error("the end takes more")
	}
}
