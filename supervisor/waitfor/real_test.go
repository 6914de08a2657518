package waitfor

import (
	"context"
	"strings"
	"testing"

	"entrypoint/supervisor/waitfor/realserver"
)

// waitAll waits for targets, and returns what was said.
func waitAll(t *testing.T, texts ...string) string {
	t.Helper()
	var targets []Target
	for _, text := range texts {
		targets = append(targets, parsed(t, text))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience) // RabbitMQ takes its time
	defer cancel()
	said := make(chan string, 1000)
	if err := Wait(ctx, targets, func(line string) { said <- line }); err != nil {
		t.Fatal(err)
	}
	close(said)
	var lines []string
	for line := range said {
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// notTakenFor checks that a server is not taken for another one.
func notTakenFor(t *testing.T, address string, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		x := parsed(t, kind+"://"+address)
		ctx, cancel := context.WithTimeout(t.Context(), patience/100)
		if err := x.Check(ctx); err == nil {
			t.Errorf("it is taken for %s", kind)
		}
		cancel()
	}
}

// TestPostgres: a real server, from before its start on; by TCP and its socket,
// for a user who may not come in, and without TLS where that is asked for.
func TestPostgres(t *testing.T) {
	t.Parallel()
	s := realserver.Postgres(t).Start()
	_, port, _ := strings.Cut(s.Address, ":")
	waitAll(t, "postgres://owner:wrong@"+s.Address+"/nothing", "postgres:///x?host="+s.Dir+"&port="+port)
	x := parsed(t, "postgres://"+s.Address+"/?sslmode=require")
	if err := x.Check(t.Context()); err == nil || err.Error() != "it does not speak TLS, which sslmode asks for" {
		t.Errorf("TLS: %v", err)
	}
	notTakenFor(t, s.Address, "mysql", "redis", "amqp")
}

func TestMySQL(t *testing.T) {
	t.Parallel()
	waitAll(t, "mysql://nobody:wrong@"+realserver.MySQL(t).Start().Address+"/nothing")
}

func TestRedis(t *testing.T) {
	t.Parallel()
	if said := waitAll(t, "redis://:wrong@"+realserver.Redis(t).Start().Address+"/0"); strings.Contains(said, "wrong") {
		t.Errorf("a password is told: %s", said)
	}
}

func TestRabbitMQ(t *testing.T) {
	t.Parallel()
	address := realserver.RabbitMQ(t).Start().Address
	waitAll(t, "amqp://nobody:wrong@"+address+"/nothing")
	notTakenFor(t, address, "postgres", "mysql", "redis")
}
