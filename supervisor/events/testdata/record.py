"""An event listener that writes down what it is told of.

    usage: record.py FILE [FAIL [DIE]]

Each event becomes one line of FILE, "EVENTNAME payload", with a newline in the
payload written as \\n and a backslash as \\\\. It answers OK, but the first FAIL
deliveries with FAIL, and it ends without an answer at the DIE-th delivery.
It needs no module of supervisor, so that any supervisor can run it.
"""
import sys

# Text without translation of newlines: supervisord's len counts characters.
stdin = open(0, encoding="utf-8", errors="backslashreplace", newline="\n")
fails = int(sys.argv[2]) if len(sys.argv) > 2 else 0
dies = int(sys.argv[3]) if len(sys.argv) > 3 else 0


def answer(text):
    sys.stdout.write(text)
    sys.stdout.flush()


with open(sys.argv[1], "a", encoding="utf-8") as record:
    deliveries = 0
    while True:
        answer("READY\n")
        header = stdin.readline()
        if not header:
            break  # the supervisor is gone
        fields = dict(word.split(":", 1) for word in header.split())
        payload = stdin.read(int(fields["len"]))
        deliveries += 1
        if deliveries == dies:
            sys.exit(1)
        if deliveries <= fails:
            answer("RESULT 4\nFAIL")
            continue
        payload = payload.replace("\\", "\\\\").replace("\n", "\\n")
        record.write("%s %s\n" % (fields["eventname"], payload))
        record.flush()
        answer("RESULT 2\nOK")
