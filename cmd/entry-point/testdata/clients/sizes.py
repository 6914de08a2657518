"""What is large: to a program's standard input, to event listeners, and from its log.

    sizes.py URL USER PASSWORD
"""
import hashlib
import sys
import time
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

url, user, password = sys.argv[1:]
s = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=SupervisorTransport(user or None, password or None, serverurl=url)).supervisor


def show(what, text):
    print(what, len(text), hashlib.sha1(text.encode()).hexdigest())


def logged(size):
    for begin in range(3000):
        now = s.tailProcessStdoutLog("cat", 0, 1)[1]
        if now >= size:
            break
        time.sleep(0.02)
    return now


s.clearProcessLogs("cat")
line = "".join(chr(32 + i % 90) for i in range(99)) + "\n"
for i in range(10):
    print("send", s.sendProcessStdin("cat", (str(i) + line[1:]) * 3500))
    size = logged((i + 1) * 350000)  # supervisord answers with 500 while the pipe is full
print("size", size)
for offset, length in [(0, 0), (0, 2000000), (1000000, 1500000), (1000001, 0), (-2000000, 0), (3499999, 10), (3500000, 0), (9999999, 0)]:
    show("read %d %d" % (offset, length), s.readProcessStdoutLog("cat", offset, length))
for offset, length in [(0, 2500000), (0, 3500000), (3000000, 500000)]:
    text, end, overflow = s.tailProcessStdoutLog("cat", offset, length)
    show("tail %d %d: %d %s" % (offset, length, end, overflow), text)
print("event", s.sendRemoteCommEvent("large", line * 3000))
s.clearProcessLogs("cat")
