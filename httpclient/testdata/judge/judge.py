"""Fetches what the lines of standard input ask for, with Tornado's client, and prints one line
for each result. The argument is "simple" or "curl"."""
import asyncio
import json
import logging
import os
import socket
import ssl
import sys

import tornado
from tornado import http1connection, httpclient, httputil, iostream, simple_httpclient

logging.disable(logging.CRITICAL)
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]  # curl would use them

if sys.argv[1] == "curl":
    import pycurl
    from tornado.curl_httpclient import CurlAsyncHTTPClient as Client
else:

    class Client(simple_httpclient.SimpleAsyncHTTPClient):
        """Remembers its connections: Tornado leaves some of them open after an error."""

        def _connection_class(self):
            if not hasattr(self, "connections"):
                self.connections = []

            def connect(*args):
                connection = simple_httpclient._HTTPConnection(*args)
                self.connections.append(connection)
                return connection

            return connect

        def close(self):
            super().close()
            for connection in getattr(self, "connections", []):
                if hasattr(connection, "stream"):
                    connection.stream.close()


def failure(e):
    """Returns the error of a fetch without a response, as judge_outcome_test.go writes it."""
    if isinstance(e, simple_httpclient.HTTPTimeoutError):
        return "599 timeout: " + str(e)
    if isinstance(e, simple_httpclient.HTTPStreamClosedError):
        return "599 closed: " + str(e)
    if isinstance(e, ConnectionRefusedError):
        return "refused"
    if isinstance(e, (ConnectionResetError, BrokenPipeError, http1connection._QuietException)):
        return "reset"
    if isinstance(e, socket.gaierror):
        return "unknown name"
    if isinstance(e, ssl.SSLError):
        return "tls"
    if isinstance(e, iostream.UnsatisfiableReadError):
        return "head too large"
    if isinstance(e, httputil.HTTPOutputError):
        return "wrong length"
    if isinstance(e, httpclient.HTTPClientError):
        return "599 " + str(e)
    if isinstance(e, (ValueError, KeyError, AssertionError, NotImplementedError, OverflowError)):
        return "invalid request"
    return "error: %s: %s" % (type(e).__name__, e)


def result(response, chunks, lines):
    found = {
        "code": response.code,
        "reason": response.reason,
        "headers": [[k, v] for k, v in response.headers.get_all()],
        "body": response.body.decode("latin1"),
        "url": response.effective_url,
    }
    if chunks is not None:
        found["streamed"] = b"".join(chunks).decode("latin1")
    if lines is not None:
        found["lines"] = lines
    return found


async def fetch(client, job):
    request = dict(job["request"])
    chunks = lines = None
    if request.pop("stream", False):
        chunks = []
        request["streaming_callback"] = chunks.append
    if request.pop("lines", False):
        lines = []
        request["header_callback"] = lines.append
    if "producer" in request:
        pieces = request.pop("producer")

        async def produce(write):
            for piece in pieces:
                await write(piece.encode("latin1"))

        request["body_producer"] = produce
    if "body" in request:
        request["body"] = request["body"].encode("latin1")
    if "headers" in request:
        headers = httputil.HTTPHeaders()
        for name, value in request["headers"]:
            if name in headers:
                headers.add(name, value)
            else:
                headers[name] = value
        request["headers"] = headers
    request.setdefault("request_timeout", 60)
    request.setdefault("connect_timeout", 60)
    if sys.argv[1] == "curl":
        # A scripted server plays one response on each connection.
        request["prepare_curl_callback"] = lambda curl: curl.setopt(pycurl.FORBID_REUSE, 1)
    try:
        response = await asyncio.wait_for(
            client.fetch(httpclient.HTTPRequest(**request), raise_error=False),
            job.get("patience", 60),
        )
        return result(response, chunks, lines)
    except asyncio.TimeoutError:
        return {"failure": "hangs"}
    except Exception as e:
        return {"failure": failure(e)}


async def main():
    loop = asyncio.get_running_loop()
    libcurl = pycurl.version_info()[1] if sys.argv[1] == "curl" else ""
    print(json.dumps({"tornado": tornado.version, "libcurl": libcurl}), flush=True)
    tasks = set()

    async def run(job):
        client = None
        try:
            client = Client(force_instance=True, **job.get("client", {}))
            found = await fetch(client, job)
        except Exception as e:
            found = {"failure": failure(e)}
        if client:
            client.close()
        found["id"] = job["id"]
        print(json.dumps(found), flush=True)

    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            return
        task = asyncio.ensure_future(run(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
