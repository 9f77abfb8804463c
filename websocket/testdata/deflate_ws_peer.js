// A peer of deflate_peers_test.go: the npm package ws, found through NODE_PATH.
"use strict";
const WebSocket = require("ws");

const base = process.argv[2];
const sizes = [0, 1, 5, 125, 126, 1000, 40000, 3, 300, 300];
const large = [65535, 65536, 1 << 20, 3];
const report = { wrong: [], sent: 0, echoes: 0, answers: [] };
const settings = [{}, { serverNoContextTakeover: true }, { clientNoContextTakeover: true },
  { serverNoContextTakeover: true, clientNoContextTakeover: true }];
for (let bits = 8; bits <= 15; bits++) {
  settings.push({ serverMaxWindowBits: bits }, { serverMaxWindowBits: bits, serverNoContextTakeover: true });
  if (bits > 8) settings.push({ clientMaxWindowBits: bits }); // zlib has no 8
}

// text compresses well, noise does not; both are the same in every run.
let seed = 1;
const random = () => (seed = (seed * 16807) % 2147483647);
const text = (size) => { let s = ""; while (s.length < size) s += `${random() % 50}:${random() % 999},`; return s.slice(0, size); };
const noise = (size) => Buffer.from(Uint8Array.from({ length: size }, () => random() >> 8));

function converse(path, setting) {
  return new Promise((done, fail) => {
    const ws = new WebSocket(base + path, { perMessageDeflate: { threshold: 0, ...setting } });
    const all = Object.keys(setting).length ? sizes : sizes.concat(large);
    const messages = all.flatMap((size) => [text(size), noise(size)]);
    report.sent += messages.length;
    let next = 0;
    ws.on("open", () => {
      report.answers.push(ws.extensions);
      for (const m of messages) {
        ws.send(m);
        ws.ping();
      }
    });
    ws.on("message", (data, binary) => {
      const m = messages[next++];
      if (binary === (typeof m !== "string") && Buffer.from(m).equals(data)) report.echoes++;
      else report.wrong.push([path, setting, next - 1, data.length]);
      if (next === messages.length) ws.close(1000);
    });
    ws.on("error", (error) => report.wrong.push([path, setting, String(error)]));
    ws.on("close", (code) => {
      if (code !== 1000) report.wrong.push([path, setting, code]);
      done();
    });
  });
}

async function main() {
  for (const path of ["/default", "/wide", "/narrow", "/fresh"]) {
    for (const setting of settings) await converse(path, setting);
  }
  process.stdout.write(JSON.stringify(report));
}

main();
