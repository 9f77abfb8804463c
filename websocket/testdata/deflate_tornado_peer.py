"""A peer of deflate_peers_test.go: the client of Tornado itself."""

import asyncio
import json
import random
import sys

from tornado.websocket import websocket_connect

SIZES = [0, 1, 5, 125, 126, 1000, 40000, 3, 300, 300]
LARGE = [65535, 65536, 1 << 20, 3]
report = {"wrong": [], "sent": 0, "echoes": 0, "answers": []}


def text(size):
    words = (f"{random.randrange(50)}:{random.randrange(999)}," for _ in range(size))
    return "".join(words)[:size]


async def converse(url, sizes, options):
    ws = await websocket_connect(url, compression_options=options, ping_interval=1)
    both = ws.protocol._compressor and ws.protocol._decompressor
    report["answers"].append("permessage-deflate" if both else "")
    for size in sizes:
        for message in (text(size), random.randbytes(size)):
            report["sent"] += 1
            await ws.write_message(message, binary=isinstance(message, bytes))
            if await ws.read_message() == message:
                report["echoes"] += 1
            else:
                report["wrong"].append([url, options, type(message).__name__, size])
    ws.close(1000)
    while await ws.read_message() is not None:
        pass


async def main(base):
    random.seed(1)
    for path in "/default", "/wide", "/narrow":  # it does not hear client_no_context_takeover
        for options in {}, {"compression_level": 9, "mem_level": 9}, {"compression_level": 1}:
            await converse(base + path, SIZES + (LARGE if not options else []), options)
    json.dump(report, sys.stdout)


asyncio.run(main(sys.argv[1]))
