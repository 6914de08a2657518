// Package kubernetes_test reads the manifest as a strict API server would, and
// runs its pod as far as Docker can: with its user, its read-only root, its
// capabilities, limits and volumes, and its probes.
package kubernetes_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"

	"entrypoint/examples/internal/dockertest"
)

// manifest is what the file consists of.
type manifest struct {
	deployment appsv1.Deployment
	service    corev1.Service
	budget     policyv1.PodDisruptionBudget
}

// read decodes the file. A field that the API does not know, or that is there
// twice, is an error.
func read(t *testing.T) (m manifest) {
	t.Helper()
	data, err := os.ReadFile("deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	documents := bytes.Split(data, []byte("\n---\n"))
	into := []any{&m.deployment, &m.service, &m.budget}
	if len(documents) != len(into) {
		t.Fatalf("%d documents, want %d", len(documents), len(into))
	}
	for i, document := range documents {
		if err := yaml.UnmarshalStrict(document, into[i]); err != nil {
			t.Errorf("document %d: %v", i+1, err)
		}
	}
	return m
}

// TestStrict: the decoder that finds nothing wrong would find something.
func TestStrict(t *testing.T) {
	read(t)
	for _, wrong := range []string{"kind: Deployment\nspec:\n  replica: 3\n", "kind: A\nkind: B\n", "spec:\n  replicas: three\n"} {
		if err := yaml.UnmarshalStrict([]byte(wrong), &appsv1.Deployment{}); err == nil {
			t.Errorf("nothing is wrong with %q", wrong)
		}
	}
}

// TestTogether: what one part of the manifest says fits what another one does.
func TestTogether(t *testing.T) {
	m := read(t)
	template := m.deployment.Spec.Template
	labels := template.Labels
	for name, selector := range map[string]map[string]string{
		"deployment": m.deployment.Spec.Selector.MatchLabels,
		"service":    m.service.Spec.Selector,
		"budget":     m.budget.Spec.Selector.MatchLabels,
	} {
		for key, value := range selector {
			if labels[key] != value {
				t.Errorf("the selector of the %s does not select the pods: %s=%s", name, key, value)
			}
		}
		if len(selector) == 0 {
			t.Errorf("the %s selects everything", name)
		}
	}
	c := template.Spec.Containers[0]
	if port := m.service.Spec.Ports[0].TargetPort.StrVal; port != c.Ports[0].Name {
		t.Errorf("the service wants port %q, the container has %q", port, c.Ports[0].Name)
	}
	env := map[string]time.Duration{}
	for _, v := range c.Env {
		d, err := time.ParseDuration(v.Value)
		if err != nil {
			t.Error(err)
		}
		env[v.Name] = d
	}
	grace := time.Duration(*template.Spec.TerminationGracePeriodSeconds) * time.Second
	if drain, budget := env["ENTRYPOINT_DRAIN"], env["ENTRYPOINT_STOP_BUDGET"]; drain <= 0 || budget <= drain || grace <= budget {
		t.Errorf("drain %v, stop budget %v, grace period %v", drain, budget, grace)
	}
	volumes := map[string]bool{}
	for _, v := range template.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, mount := range c.VolumeMounts {
		if !volumes[mount.Name] {
			t.Errorf("there is no volume %q", mount.Name)
		}
	}
}

// flags are what `docker run` needs to run the pod's container as a kubelet does.
func flags(t *testing.T, pod corev1.PodSpec) (list []string) {
	t.Helper()
	c := pod.Containers[0]
	list = append(list, "--user", fmt.Sprintf("%d:%d", *pod.SecurityContext.RunAsUser, *pod.SecurityContext.RunAsGroup))
	for _, s := range pod.SecurityContext.Sysctls {
		list = append(list, "--sysctl", s.Name+"="+s.Value)
	}
	if *c.SecurityContext.ReadOnlyRootFilesystem {
		list = append(list, "--read-only")
	}
	for _, capability := range c.SecurityContext.Capabilities.Drop {
		list = append(list, "--cap-drop", string(capability))
	}
	if !*c.SecurityContext.AllowPrivilegeEscalation {
		list = append(list, "--security-opt", "no-new-privileges")
	}
	list = append(list, "--memory", fmt.Sprint(c.Resources.Limits.Memory().Value()))
	for _, v := range c.Env {
		list = append(list, "--env", v.Name+"="+v.Value)
	}
	for _, mount := range c.VolumeMounts {
		list = append(list, "--tmpfs", mount.MountPath+":mode=1777")
	}
	return append(list, "--publish", fmt.Sprintf("127.0.0.1::%d", c.Ports[0].ContainerPort))
}

// TestPod: under all its restrictions the pod starts, its probes say what they
// should, and after TERM it is not ready, serves on, and ends in time.
func TestPod(t *testing.T) {
	dockertest.Engine(t)
	pod := read(t).deployment.Spec.Template.Spec
	c := dockertest.Start(t, dockertest.Spec{
		Image: dockertest.Example(t, "flask", dockertest.Binary(t)),
		Flags: flags(t, pod),
	})
	probe := func(p *corev1.Probe) int { return c.Exec(p.Exec.Command...).Code }
	spec := pod.Containers[0]
	dockertest.Eventually(t, "the startup probe succeeds", func() bool { return probe(spec.StartupProbe) == 0 })
	for name, p := range map[string]*corev1.Probe{"readiness": spec.ReadinessProbe, "liveness": spec.LivenessProbe} {
		if code := probe(p); code != 0 {
			t.Errorf("%s probe: %d", name, code)
		}
	}
	if status, body := c.Get(80, "/"); status != 200 || !strings.Contains(body, "Python Flask in Docker!") {
		t.Errorf("GET /: %d, %s", status, body)
	}

	dockertest.Docker(t, "kill", "--signal", "TERM", c.ID)
	c.WaitLog("not ready any more, stopping in 5s", 1)
	if code := probe(spec.ReadinessProbe); code == 0 {
		t.Error("ready after TERM")
	}
	if code := probe(spec.LivenessProbe); code != 0 {
		t.Errorf("not alive after TERM: %d", code)
	}
	if status, _ := c.Get(80, "/"); status != 200 {
		t.Errorf("GET / while it drains: %d", status)
	}
	if code := c.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
