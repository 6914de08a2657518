"""Drives the event pools of Python's supervisor, one operation a line.

Each line on stdin is a JSON list, [operation, argument...]; the answer is a JSON
list of what supervisord would send and log. No process is started: the classes
that decide are the real ones, what they read and write is handed to them here.
"""
import errno
import json
import sys

from supervisor import dispatchers, events, process
from supervisor.states import ProcessStates

out = []


class Logger:
    def warn(self, msg, **kw):
        out.append(["log", "WARN", msg])

    def error(self, msg, **kw):
        out.append(["log", "ERRO", msg])

    def debug(self, msg, **kw):
        pass

    info = blather = debug


class Options:
    identifier = "supervisor"
    logger = Logger()
    loglevel = 20
    strip_ansi = False
    pending = b""

    def readfd(self, fd):
        return self.pending


options = Options()


class Listener(process.Subprocess):
    closed = False

    def write(self, chars):
        if self.closed:
            raise OSError(errno.EPIPE, "closed")
        out.append(["send", self.config.name, chars.decode("latin-1")])


class Config:
    stdout_logfile = None

    def __init__(self, **kw):
        self.options = options
        self.__dict__.update(kw)

    def make_process(self, group):
        p = Listener(self)
        p.group = group
        return p


class Subject:
    """What an event is about."""

    def __init__(self, name, group, tries=0, pid=0):
        self.config = Config(name=name)
        self.group = Config(config=Config(name=group))
        self.backoff = tries
        self.pid = pid


pools = []
listeners = {}


def reset(*wanted):
    events.clear()
    process.GlobalSerial.serial = -1
    del pools[:]
    listeners.clear()
    priority = -1000
    for name, size, types, members in wanted:
        configs = []
        for member in members:
            # Priorities of their own: else a rejected event goes to other pools, too.
            priority += 1
            configs.append(Config(name=member, priority=priority))
        pool = process.EventListenerPool(Config(
            name=name, priority=-1, buffer_size=size, process_configs=configs,
            pool_events=[getattr(events.EventTypes, t) for t in types],
            result_handler=dispatchers.default_handler))
        pools.append(pool)
        listeners.update(pool.processes)


def started(name):
    p = listeners[name]
    p.state = ProcessStates.STARTING
    p.channel = dispatchers.PEventListenerDispatcher(p, "stdout", 0)


def running(name, yes):
    listeners[name].state = ProcessStates.RUNNING if yes else ProcessStates.STOPPING


def ended(name):
    # As in Subprocess.finish, which wants a real process.
    p = listeners[name]
    p.state = ProcessStates.EXITED
    p.listener_state = p.channel = None
    if p.event is not None:
        events.notify(events.EventRejectedEvent(p, p.event))
        p.event = None


def received(name, data):
    p = listeners[name]
    if p.listener_state is not None:
        options.pending = data.encode("latin-1")
        p.channel.handle_read_event()


def closed(name, yes):
    listeners[name].closed = yes


def publish(kind, *args):
    events.notify(getattr(makers, kind)(*args))


class makers:
    def state(state, name, group, came_from, tries, pid, expected):
        subject = Subject(name, group, tries, pid)
        old = getattr(ProcessStates, came_from)
        return process.Subprocess.event_map[getattr(ProcessStates, state)](subject, old, expected)

    def log(stream, name, group, pid, data):
        kind = events.ProcessLogStderrEvent if stream == "stderr" else events.ProcessLogStdoutEvent
        return kind(Subject(name, group), pid, data.encode("latin-1"))

    def comm(stream, name, group, pid, data):
        kind = events.ProcessCommunicationStderrEvent if stream == "stderr" else events.ProcessCommunicationStdoutEvent
        return kind(Subject(name, group), pid, data.encode("latin-1"))

    def remote(kind, data):
        return events.RemoteCommunicationEvent(kind, data)

    def supervisor(yes):
        return events.SupervisorRunningEvent() if yes else events.SupervisorStoppingEvent()

    def tick(period, when):
        return getattr(events, "Tick%dEvent" % period)(when, None)

    def added(name):
        return events.ProcessGroupAddedEvent(name)

    def removed(name):
        return events.ProcessGroupRemovedEvent(name)


for line in sys.stdin:
    operation, *arguments = json.loads(line)
    globals()[operation](*arguments)
    for pool in pools:
        pool.dispatch()
    print(json.dumps(out), flush=True)
    del out[:]
