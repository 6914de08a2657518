"""Event listeners in the manner of those that people run, on supervisor.childutils.

    usage: listeners.py KIND

What a listener would mail or log goes to its stderr, a line at a time.
"""
import json
import os
import sys

from supervisor import childutils


def report(line):
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def crashes():
    """Reports processes that exited unexpectedly."""
    while True:
        headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        if headers["eventname"] == "PROCESS_STATE_EXITED":
            pheaders, pdata = childutils.eventdata(payload + "\n")
            if not int(pheaders["expected"]):
                report("Process %(processname)s in group %(groupname)s exited unexpectedly "
                       "(pid %(pid)s) from state %(from_state)s" % pheaders)
        childutils.listener.ok(sys.stdout)


def fatal():
    """Answers once and ends itself when a process is FATAL."""
    while True:
        headers, payload = childutils.listener.wait()
        childutils.listener.ok()
        if headers["eventname"] == "PROCESS_STATE_FATAL":
            report("fatal: " + childutils.get_headers(payload)["processname"])
            sys.exit(3)


def ticks():
    """Does something each minute."""
    while True:
        headers, payload = childutils.listener.wait()
        if headers["eventname"].startswith("TICK"):
            report("checked at %(when)s" % childutils.get_headers(payload))
        childutils.listener.ok()


def output():
    """Passes on what processes print."""
    while True:
        headers, payload = childutils.listener.wait()
        pheaders, pdata = childutils.eventdata(payload)
        for line in pdata.splitlines():
            report("%s %s | %s" % (pheaders["processname"], pheaders.get("channel"), line))
        childutils.listener.send("OK")


def everything():
    while True:
        headers, payload = childutils.listener.wait()
        report(json.dumps([headers, payload]))
        childutils.listener.ok()


def everything_in_bytes():
    """Speaks the protocol itself, on unbuffered descriptors."""
    while True:
        os.write(1, b"READY\n")
        line = b""
        while not line.endswith(b"\n"):
            c = os.read(0, 1)
            if not c:
                sys.exit(0)
            line += c
        headers = childutils.get_headers(line.decode())
        left, payload = int(headers["len"]), b""
        while left:
            piece = os.read(0, left)
            payload, left = payload + piece, left - len(piece)
        report(json.dumps([headers, payload.decode()]))
        os.write(1, b"RESULT 2\nOK")


def moody():
    """Accepts every third delivery."""
    n = 0
    while True:
        headers, payload = childutils.listener.wait()
        n += 1
        report("%(eventname)s %(serial)s %(poolserial)s" % headers + (" accepted" if n % 3 == 0 else " refused"))
        childutils.listener.ok() if n % 3 == 0 else childutils.listener.fail()


def dies():
    headers, payload = childutils.listener.wait()
    report("%(serial)s is too much" % headers)


def hangs():
    headers, payload = childutils.listener.wait()
    report("hangs with %(serial)s" % headers)
    sys.stdin.read()


def chatty():
    """Forgets that its stdout is not for people."""
    print("starting up")
    while True:
        childutils.listener.wait()
        childutils.listener.ok()


try:
    globals()[sys.argv[1]]()
except KeyError as missing:
    if missing.args != ("len",):
        raise  # else the supervisor has closed our stdin
