"""Event listeners of superlance's shape, by supervisor.childutils alone: each waits
for a TICK_5, or collects what has ended until one comes, and asks supervisord back.

    listener.py memory BYTES        restarts what has become larger, as memmon does
    listener.py http NAME URL       restarts NAME when URL does not answer, as httpok does
    listener.py mails SENDMAIL      one mail a tick of what has crashed or was given up, as crashmailbatch does
"""
import os
import subprocess
import sys
import urllib.request

from supervisor import childutils


def restart(rpc, name):
    rpc.supervisor.stopProcess(name)
    rpc.supervisor.startProcess(name)
    print("restarted", name, file=sys.stderr, flush=True)


def memory(rpc, limit):
    for process in rpc.supervisor.getAllProcessInfo():
        name = process["group"] + ":" + process["name"]
        try:
            with open("/proc/%d/statm" % process["pid"]) as statm:
                rss = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:  # it has none, or not any more
            continue
        if rss > int(limit):
            restart(rpc, name)


def http(rpc, name, url):
    try:
        urllib.request.urlopen(url, timeout=2).read()
    except OSError:
        if rpc.supervisor.getProcessInfo(name)["statename"] == "RUNNING":
            restart(rpc, name)


def mails(crashes, sendmail):
    if crashes:
        text = "Subject: %d programs\n\n%s\n" % (len(crashes), "\n".join(crashes))
        subprocess.run([sendmail], input=text.encode(), check=True)
        crashes.clear()


def main(kind, *args):
    rpc = childutils.getRPCInterface(os.environ)
    crashes = []
    while True:
        headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        event = headers["eventname"]
        if event == "TICK_5":
            assert int(childutils.get_headers(payload)["when"]) % 5 == 0, payload
            if kind == "mails":
                mails(crashes, *args)
            else:
                globals()[kind](rpc, *args)
        else:
            about, _ = childutils.eventdata(payload + "\n")
            if about.get("expected", "0") == "0":
                crashes.append("%s: %s" % (about["processname"], event))
        childutils.listener.ok(sys.stdout)


main(*sys.argv[1:])
