import signal
import sys

signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
print("it waits", flush=True)
signal.pause()
