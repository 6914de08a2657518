# Runs supervisorctl's own main for each line of the standard input, in one process:
# starting Python sixty times would be most of the test.
import sys
from supervisor import supervisorctl

for line in sys.stdin.read().splitlines():
    print("$ " + line)
    code = 0
    try:
        supervisorctl.main(sys.argv[1:] + line.split())
    except SystemExit as e:
        code = e.code
    sys.stdout.flush()
    sys.stderr.flush()
    print("exit code", code)
