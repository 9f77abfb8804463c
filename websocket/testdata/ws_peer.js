// A peer of peers_test.go: the npm package ws, found through NODE_PATH.
"use strict";
const WebSocket = require("ws");

const base = process.argv[2];
const sizes = [1, 125, 126, 65535, 65536, 1 << 20];
const report = { wrong: [], echoes: 0 };

// open resolves to a connection whose next() gives one event after the other.
function open(path) {
  const ws = new WebSocket(base + path, { perMessageDeflate: false });
  const events = [], waiting = [];
  const push = (event) => (waiting.length ? waiting.shift()(event) : events.push(event));
  ws.on("open", () => push("open"));
  ws.on("message", (data, binary) => push([data, binary]));
  ws.on("pong", (data) => push("pong " + data));
  ws.on("close", (code, reason) => push([code, reason.toString()]));
  ws.on("error", (error) => push("error " + error));
  ws.next = () => (events.length ? Promise.resolve(events.shift()) : new Promise((done) => waiting.push(done)));
  return ws.next().then(() => ws);
}

async function main() {
  let ws = await open("/echo");
  for (const size of sizes) {
    const data = Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));
    const text = "é".repeat(size >> 1) + "x".repeat(size % 2);
    for (const message of [text, data]) {
      const binary = message === data;
      ws.send(message);
      const [got, isBinary] = await ws.next();
      if (isBinary === binary && Buffer.from(message).equals(got)) report.echoes++;
      else report.wrong.push([binary ? "bytes" : "str", size]);
    }
  }
  ws.send("frag", { fin: false });
  ws.send("men", { fin: false });
  ws.send("ted", { fin: true });
  report.fragments = (await ws.next())[0].toString();
  ws.ping("payload");
  report.pong = (await ws.next()) === "pong payload";
  ws.close(4000, "client is done");
  report.close = await ws.next();

  ws = await open("/leave");
  ws.send("x");
  report.closed = await ws.next();

  process.stdout.write(JSON.stringify(report));
}

main();
