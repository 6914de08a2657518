def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the socket was there before me\n"]
