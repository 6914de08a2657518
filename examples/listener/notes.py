"""An event listener as Supervisor has them: it prints each event on stderr."""
import sys

while True:
    print("READY", flush=True)
    header = dict(word.split(":") for word in sys.stdin.readline().split())
    payload = sys.stdin.read(int(header["len"]))
    print(header["eventname"], payload, file=sys.stderr, flush=True)
    print("RESULT 2\nOK", end="", flush=True)
