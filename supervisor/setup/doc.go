// Package setup installs what an application declares, before it starts:
// operating system packages from requirements_os.txt, then the packages of each
// language whose requirement file is there.
//
// Each requirement file is a step. A step that has succeeded is recorded in the
// marker debug0, in the working directory, with the hash of everything that
// decided what was installed and with evidence that it is still there. At the
// next start a step runs again only when a file has changed or the evidence is
// gone: the marker may lie on a volume while the packages lay in a container
// that no longer exists. Checking that starts no process and takes no lock.
//
// A step is written into the marker after it has succeeded, never before, and the marker is
// replaced in one rename. So kill -9 at any moment costs at most the step that was under
// way, and the next start runs it again, after repairing what a killed package
// manager left half done.
//
// debug0, and debug1 for debug mode, say which container or machine they are for
// (whose.go), because the working directory may be somebody's source tree.
//
// Files that a tool has made are not the user's declaration: the marker lists the lock
// files that our runs make, and is written before such a run (own.go).
//
// What differs from step to step is a recipe: osPackages (a table of package
// managers, and apt's own ways), python (uv or pip) and project (the tools of
// Node.js, Ruby and PHP, which differ only by a table). The rest is common: the
// lock on the directory (lock.go, package lock), the check (step.go), attempts with backoff
// (attempt.go), of which there is only one if its output says that another cannot help
// (certain.go), and output that is captured, shown as progress and printed when
// an attempt fails (output.go).
//
// The package starts no process itself: the caller hands in a function that
// runs a command, because in a container exactly one goroutine may fork and
// wait.
package setup
