"""Serves one topic of web/judge_test.go on the Tornado that this Python has.

The argument names the topic; the module judge_<topic> beside this file has its
servers. Either it defines `routes` (and `settings`), or `servers()`, which returns
{name: (application, options of HTTPServer)}. The first line of output says in JSON
where they listen; the end of the input ends the process.
"""

import asyncio
import importlib
import json
import logging
import sys
import threading

import tornado
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application


def servers_of(topic):
    if hasattr(topic, "servers"):
        return topic.servers()
    return {"": (Application(topic.routes, **getattr(topic, "settings", {})), {})}


def listen(application, options):
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(application, **options).add_sockets(sockets)
    return sockets[0].getsockname()[1]


async def main():
    topic = importlib.import_module("judge_" + sys.argv[1])
    ports = {name: listen(*server) for name, server in servers_of(topic).items()}
    control = listen(Application(), {})
    print(json.dumps({"version": tornado.version_info[:2], "ports": ports, "control": control}), flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_the_end():
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await ended.wait()


logging.disable(logging.CRITICAL)
asyncio.run(main())
