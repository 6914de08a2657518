# Calls every method of supervisord's interface, over supervisor's own transport,
# and prints what comes back, or the fault, one line for each call.
import sys, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport

url, user, password = sys.argv[1:4]
login = (user, password) if user else (None, None)
transport = SupervisorTransport(*login, serverurl=url)
s = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

volatile = ("now", "start", "stop", "pid")

def shown(v):
    if isinstance(v, dict):
        return "{" + ", ".join("%s: %s" % (k, type(v[k]).__name__ if k in volatile else shown(v[k])) for k in sorted(v)) + "}"
    if isinstance(v, list) and v and isinstance(v[0], dict) and "status" in v[0]:
        v = sorted(v, key=lambda r: r["name"]) # they come in the order in which they are done
    if isinstance(v, list):
        return "[" + ", ".join(shown(x) for x in v) + "]"
    if isinstance(v, xmlrpc.client.Binary):
        return "binary"
    return "%s %r" % (type(v).__name__, v)

def call(name, *args):
    try:
        v = getattr(s, name)(*args)
        if name.endswith(("getSupervisorVersion", "getVersion", "getPID", "methodHelp")):
            v = type(v)()
        if name.endswith(("readLog", "readMainLog")):
            v = "some" if v else ""
        text = shown(v)
    except xmlrpc.client.Fault as f:
        text = "fault %d %s" % (f.faultCode, f.faultString)
    print(name, args, "->", text)

S = "supervisor."
for name in ("getAPIVersion", "getVersion", "getSupervisorVersion", "getIdentification", "getState", "getPID"):
    call(S + name)
    call(S + name, 1)
print(sorted(s.system.listMethods()))
for name in s.system.listMethods():
    print(name, s.system.methodSignature(name))
call("system.methodSignature", "nobody")
call("system.methodHelp", S + "getPID")
call("system.methodHelp", "nobody")
call("nobody.nothing")
call(S + "nothing")
for name in ("cat", "two:two_1", "two:nobody", "nobody", "two", "two:*", "g:one"):
    call(S + "getProcessInfo", name)
call(S + "getProcessInfo")
call(S + "getProcessInfo", "cat", 1)
call(S + "getAllProcessInfo")
call(S + "getAllConfigInfo")
for name in ("startProcess", "stopProcess"):
    for process in ("nobody", "two:nobody"):
        call(S + name, process)
call(S + "startProcess", "cat")
call(S + "startProcess", "nofile")
call(S + "startProcess", "notexec")
call(S + "startProcess", "dir")
call(S + "startProcessGroup", "dir")
call(S + "startProcess", "bad")
call(S + "startProcess", "two:*", False)
call(S + "stopProcess", "off")
call(S + "stopProcessGroup", "two")
call(S + "startProcessGroup", "two")
call(S + "startProcessGroup", "nobody")
call(S + "stopProcessGroup", "nobody")
call(S + "signalProcess", "cat", "CONT")
call(S + "signalProcess", "cat", 18)
call(S + "signalProcess", "cat", "SIGCONT")
call(S + "signalProcess", "cat", "NOPE")
call(S + "signalProcess", "off", "CONT")
call(S + "signalProcess", "nobody", "CONT")
call(S + "signalProcessGroup", "two", "CONT")
call(S + "signalProcessGroup", "nobody", "CONT")
call(S + "sendProcessStdin", "cat", "hello\n")
call(S + "sendProcessStdin", "off", "hello\n")
call(S + "sendProcessStdin", "nobody", "hello\n")
import time
for _ in range(500):
    if s.supervisor.readProcessStdoutLog("cat", 0, 0):
        break
    time.sleep(0.01)
for name in ("readProcessStdoutLog", "readProcessLog", "readProcessStderrLog", "tailProcessStdoutLog", "tailProcessLog", "tailProcessStderrLog"):
    for args in (("cat", 0, 0), ("cat", -3, 0), ("cat", 2, 3), ("cat", 100, 5), ("cat", -1, 2), ("cat", 0, -1), ("nobody", 0, 0), ("cat", 0)):
        call(S + name, *args)
for name in ("readLog", "readMainLog"):
    call(S + name, 0, 0)
    call(S + name, -5, 0)
    call(S + name, 0, -1)
    call(S + name, -1, 1)
call(S + "clearProcessLogs", "nobody")
call(S + "clearProcessLogs", "cat")
call(S + "clearProcessLog", "two:two_0")
call(S + "sendRemoteCommEvent", "type", "data")
call(S + "reloadConfig")
call(S + "addProcessGroup", "cat")
call(S + "addProcessGroup", "nobody")
call(S + "removeProcessGroup", "cat")
call(S + "removeProcessGroup", "nobody")
call(S + "removeProcessGroup", "off")
call(S + "addProcessGroup", "off")
call("system.multicall", [
    {"methodName": S + "getIdentification", "params": []}, {"methodName": S + "startProcess", "params": ["cat"]},
    {"methodName": "nobody", "params": []}, {"methodName": S + "stopProcess", "params": ["off"]}, {"params": []}, {"methodName": "system.multicall", "params": [[]]},
])
