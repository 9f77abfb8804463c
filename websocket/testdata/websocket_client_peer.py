"""A peer of peers_test.go: the Python library websocket-client."""

import json
import struct
import sys

import websocket
from websocket import ABNF

SIZES = [1, 125, 126, 65535, 65536, 1 << 20]


def closed(data):
    code = struct.unpack("!H", data[:2])[0]
    return [code, data[2:].decode()]


def main(base):
    report = {"wrong": [], "echoes": 0}

    ws = websocket.create_connection(base + "/echo", timeout=10)
    for size in SIZES:
        text = "é" * (size // 2) + "x" * (size % 2)
        data = bytes(i % 251 for i in range(size))
        for message, send in ((text, ws.send), (data, ws.send_binary)):
            send(message)
            if ws.recv() == message:
                report["echoes"] += 1
            else:
                report["wrong"].append([type(message).__name__, size])
    ws.send_frame(ABNF(fin=0, opcode=ABNF.OPCODE_TEXT, data=b"frag"))
    ws.send_frame(ABNF(fin=0, opcode=ABNF.OPCODE_CONT, data=b"men"))
    ws.send_frame(ABNF(fin=1, opcode=ABNF.OPCODE_CONT, data=b"ted"))
    report["fragments"] = ws.recv()
    ws.ping("payload")
    opcode, data = ws.recv_data(control_frame=True)
    report["pong"] = opcode == ABNF.OPCODE_PONG and data == b"payload"
    ws.send_close(4000, b"client is done")
    opcode, data = ws.recv_data(control_frame=True)
    report["close"] = closed(data) if opcode == ABNF.OPCODE_CLOSE else opcode
    ws.shutdown()

    ws = websocket.create_connection(base + "/leave", timeout=10)
    ws.send("x")
    opcode, data = ws.recv_data(control_frame=True)
    report["closed"] = closed(data) if opcode == ABNF.OPCODE_CLOSE else opcode
    ws.shutdown()

    json.dump(report, sys.stdout)


main(sys.argv[1])
