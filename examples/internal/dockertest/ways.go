package dockertest

import "testing"

// Ways runs a test for each of the three ways in which an example shows an image that had an
// entrypoint script: the script is "kept", is a "hook", or is "gone". Each is a stage of the
// example's Dockerfile.
func Ways(t *testing.T, example string, test func(t *testing.T, way string, image Image)) {
	t.Parallel()
	Engine(t)
	binary := Binary(t)
	for _, way := range []string{"kept", "hook", "gone"} {
		image := Stage(t, example, way, binary)
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			test(t, way, image)
		})
	}
}

// StopWell stops a container, which has to end with exit code 0.
func (c *Container) StopWell() {
	c.t.Helper()
	if code := c.Stop(); code != 0 {
		c.t.Errorf("exit code %d", code)
	}
}
