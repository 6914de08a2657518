// Package namespace tells whether another process is in our container.
//
// A container is no object of the kernel. What all containers have of their own
// is a mount namespace, and whoever enters one (docker exec, kubectl exec, nsenter)
// joins it. The PID namespace comes first, because the kernel itself tells of it:
// SO_PEERCRED gives 0 for a process that ours cannot see. But a PID namespace may
// be shared (docker run --pid container:X, shareProcessNamespace of Kubernetes),
// and then process 1 is not ours, and all pids of the neighbours are seen.
//
// Whether two processes have one mount namespace is asked in two ways.
// /proc/PID/ns/mnt says it, but only to those who may trace the process, which root
// of a Docker container may not do with a process of another user. Everybody may
// read /proc/PID/mountinfo instead: the ids of mounts are unique in the whole system
// (proc(5)), so two processes that see a mount of one id have one mount namespace.
//
// So a program that has been given a mount namespace of its own (unshare -m) is in
// another container, whoever its parent is: the kernel makes no difference between it
// and one of docker run --pid host.
//
// What is found here may be wrong if the process ends meanwhile and another one gets its
// pid. An attacker who can arrange that in our PID namespace and with our uid could kill us
// as well.
package namespace
