"""The example's application for tests of the stop: it takes its time, and
writes down each request that reaches it."""

import os
import time

from flask import Flask, request

app = Flask(__name__)


@app.route("/")
def index():
    return "counting"


@app.route("/slow")
def slow():
    # One write to a file opened with O_APPEND never mixes with another's.
    count = os.open("/run/requests", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(count, (request.args["id"] + "\n").encode())
    os.close(count)
    time.sleep(float(request.args.get("s", "0")))
    return request.args["id"]
