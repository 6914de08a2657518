"""Asks tasks.web for the page again and again, each time by a new connection to
one of the replicas that DNS names, from several threads, until a line comes on
standard input. Prints a line for each failure, and a summary in the end."""
import collections
import random
import socket
import sys
import threading
import time

lock = threading.Lock()
answers, failures = collections.Counter(), 0
stop = threading.Event()


def ask():
    global failures
    address = "?"
    try:
        address = random.choice(socket.gethostbyname_ex("tasks.web")[2])
        with socket.create_connection((address, 80), 5) as s:
            s.settimeout(20)
            s.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        if not data.startswith(b"HTTP/1.1 200 ") or b"Python Flask in Docker!" not in data:
            raise OSError(repr(data[:100]))
        with lock:
            answers[address] += 1
    except OSError as e:
        with lock:
            failures += 1
            print(f"{time.time():.3f} {address}: {e}", flush=True)


def run():
    while not stop.is_set():
        ask()
        time.sleep(0.005)


threads = [threading.Thread(target=run) for _ in range(4)]
for t in threads:
    t.start()
print("asking", flush=True)
sys.stdin.readline()
stop.set()
for t in threads:
    t.join()
print(f"answers {answers.total()} replicas {len(answers)} failures {failures}", flush=True)
