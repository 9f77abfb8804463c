"""A peer of deflate_peers_test.go: the Python library websockets."""

import asyncio
import json
import random
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

SIZES = [0, 1, 5, 125, 126, 1000, 40000, 3, 300, 300]
LARGE = [65535, 65536, 1 << 20, 3]
report = {"wrong": [], "sent": 0, "echoes": 0, "answers": []}


def text(size):
    words = (f"{random.randrange(50)}:{random.randrange(999)}," for _ in range(size))
    return "".join(words)[:size]


async def converse(url, sizes, **arguments):
    async with websockets.connect(url, max_size=None, **arguments) as ws:
        report["answers"].append("".join(str(e) for e in ws.extensions))
        for size in sizes:
            for message in (text(size), random.randbytes(size)):
                report["sent"] += 1
                await ws.send(message)
                if await ws.recv() == message:
                    report["echoes"] += 1
                else:
                    report["wrong"].append([url, str(arguments), type(message).__name__, size])
        await ws.send(["frag", "men", "ted"])
        report["sent"] += 1
        report["echoes"] += await ws.recv() == "fragmented"


async def main(base):
    random.seed(1)
    for path in "/default", "/wide", "/narrow", "/fresh":
        await converse(base + path, SIZES + LARGE, compression="deflate")
        for server in True, False:
            for client in True, False:
                for bits in None, 9, 12, 15:
                    factory = ClientPerMessageDeflateFactory(server, client, bits, bits or True)
                    await converse(base + path, SIZES, compression=None, extensions=[factory])
    json.dump(report, sys.stdout)


asyncio.run(main(sys.argv[1]))
