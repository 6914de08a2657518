# What a process tries that wants to be the gateway: it prints a line for each way,
# "got WAY" or "no WAY: WHY", and "over" at the end.
import array, base64, ctypes, json, os, socket, sys, time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
PIDFD_OPEN, PIDFD_GETFD, PTRACE_SEIZE, PTRACE_DETACH = 434, 438, 0x4206, 17


def gateway():
    while True:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                status = open("/proc/%s/status" % pid).read()
            except OSError:
                continue
            # What has just been executed is not the gateway yet, and has its name.
            if status.startswith("Name:\tentry-point-gat") and "Threads:\t1\n" not in status:
                return int(pid)
        time.sleep(0.01)


def way(name, f):
    try:
        print("got", name, f(), flush=True)
    except OSError as e:
        print("no %s: %s" % (name, e.strerror), flush=True)


def check(result):
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def readable(name):
    f = open("/proc/%d/%s" % (pid, name), "rb", 0)
    if name == "mem":
        f.seek(0x400000)
    return len(f.read(64))


def steal():
    pidfd = check(libc.syscall(PIDFD_OPEN, pid, 0))
    return check(libc.syscall(PIDFD_GETFD, pidfd, 3, 0))


def trace():
    check(libc.ptrace(PTRACE_SEIZE, pid, None, None))
    libc.ptrace(PTRACE_DETACH, pid, None, None)


def connection():
    channel = socket.socket(fileno=steal())
    channel.setblocking(True)
    for word in b"!", b"+":
        channel.send(word)
    channel.settimeout(2)
    while True:
        message, rights, _, _ = channel.recvmsg(1 << 18, socket.CMSG_SPACE(4))
        for _, _, data in rights:
            c = socket.socket(fileno=array.array("i", data)[0])
            c.setblocking(True)
            c.settimeout(2)
            request = {"do": "stdin", "names": ["victim"], "data": base64.b64encode(b"from the thief\n").decode()}
            c.send(json.dumps(request).encode() + b"\n")
            return c.recv(1000)
        print("told", message, flush=True)


pid = gateway()
time.sleep(0.5)  # whatever it does at its start is done
for name in "environ", "mem", "auxv", "maps":
    way(name, lambda: readable(name))
way("fd", lambda: os.readlink("/proc/%d/fd/3" % pid))
way("ptrace", trace)
way("pidfd_getfd", steal)
way("connection", connection)
print("over", flush=True)
time.sleep(1000)
