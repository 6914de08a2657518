package incarnation

import (
	"bytes"
	"io"
	"testing"

	"entrypoint/supervisor/eventually"
	"entrypoint/supervisor/logs"
)

// TestStdinTakesAnySize: what is written to a program that reads arrives whole, however
// large it is and however small the buffer; for one that does not read there is a bound,
// and the buffer has everything back at the end.
func TestStdinTakesAnySize(t *testing.T) {
	buffer := logs.NewBuffer(100 << 10)
	in, reader, err := openStdin(buffer)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := in.Write(large); err != nil {
		t.Fatal(err)
	}
	sent, refused := len(large), false
	for range 100 {
		if err := in.Write(large[:10000]); err != nil {
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
	eventually.So(t, "room for more, after all has been read", func() bool { return in.Write(large) == nil }, nil)
	in.close()
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Error(err)
	}
	eventually.So(t, "an empty buffer", func() bool { return buffer.Used() == 0 }, nil)
	if err := in.Write(nil); err != ErrClosed {
		t.Errorf("after its end: %v, want ErrClosed", err)
	}
}
