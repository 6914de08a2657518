package secret

import "testing"

// BenchmarkOfEnvironment is the environment of a usual container.
func BenchmarkOfEnvironment(b *testing.B) {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=3f2a9c1b7d5e", "HOME=/root", "LANG=C.UTF-8",
		"PYTHON_VERSION=3.13.1", "DATABASE_URL=postgres://app:geheim@db/shop", "DJANGO_SECRET_KEY=0123456789abcdef", "KUBERNETES_SERVICE_HOST=10.0.0.1",
		"KUBERNETES_SERVICE_PORT=443", "REDIS_PORT_6379_TCP_ADDR=10.0.0.2",
	}
	for b.Loop() {
		OfEnvironment(nil, env)
	}
}

// BenchmarkOfText is a command.
func BenchmarkOfText(b *testing.B) {
	for b.Loop() {
		OfText(nil, "uwsgi")
		OfText(nil, "--ini")
		OfText(nil, "/etc/uwsgi.ini")
	}
}
