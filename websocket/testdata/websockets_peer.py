"""A peer of peers_test.go: the Python library websockets."""

import asyncio
import json
import sys

import websockets

SIZES = [1, 125, 126, 65535, 65536, 1 << 20]


async def main(base):
    report = {"wrong": [], "echoes": 0}

    async with websockets.connect(base + "/echo", max_size=None) as ws:
        for size in SIZES:
            for message in ("é" * (size // 2) + "x" * (size % 2), bytes(i % 251 for i in range(size))):
                await ws.send(message)
                if await ws.recv() == message:
                    report["echoes"] += 1
                else:
                    report["wrong"].append([type(message).__name__, size])
        await ws.send(["frag", "men", "ted"])
        report["fragments"] = await ws.recv()
        await asyncio.wait_for(await ws.ping(b"payload"), 10)
        report["pong"] = True
        await ws.close(4000, "client is done")
        report["close"] = [ws.close_code, ws.close_reason]

    async with websockets.connect(base + "/leave") as ws:
        await ws.send("x")
        try:
            await ws.recv()
        except websockets.ConnectionClosed:
            report["closed"] = [ws.close_code, ws.close_reason]

    json.dump(report, sys.stdout)


asyncio.run(main(sys.argv[1]))
