// A constant load from autocannon, and an exact account of every request that failed.
//
//   node load.js '{"url": ..., "rate": ..., "timeout": ..., "paths": [...], "failures": FILE}'
//
// Prints one JSON line a second, {"time", "requests", "failed", "kinds"}, counted from the start, until SIGTERM; requests
// under way then come to their end first, and the last line has "final": true. Every failed request is a line of FILE:
// one whose status is not 2xx, whose connection is refused, reset or closed without an answer, or that times out.
"use strict";

const fs = require("node:fs");
const autocannon = require("autocannon");

const options = JSON.parse(process.argv[2]);
// autocannon paces by the second: a connection with rate 1 sends one request a second. Groups that start one after
// another spread the requests evenly, and a request that hangs holds up nobody but its own connection.
const GROUPS = 20;
const log = fs.openSync(options.failures, "w");
const counts = { requests: 0, failed: 0, kinds: {} };
const latencies = [];
const clients = new Set();
let ending = false;

function fail(client, kind, details) {
  counts.failed += 1;
  counts.kinds[kind] = (counts.kinds[kind] || 0) + 1;
  const failure = { time: Date.now() / 1000, kind, path: client.lab.path, after: seconds(client), ...details };
  fs.writeSync(log, `${JSON.stringify(failure)}\n`);
}

const seconds = (client) => Number(((Date.now() - client.lab.sent) / 1000).toFixed(3));

// autocannon's own count leaves out a request whose connection was closed before the answer (it just connects again):
// here a request is open from the moment it is sent until it has an outcome.
function account(client) {
  const settle = (outcome) => {
    if (!client.lab.open) {
      return;
    }
    client.lab.open = false;
    counts.requests += 1;
    outcome();
  };
  client.lab = { open: false, path: "", sent: 0, settle };
  clients.add(client);
  client.on("response", (status) =>
    settle(() => {
      if (status >= 200 && status < 300) {
        latencies.push(Date.now() - client.lab.sent);
      } else {
        fail(client, `status ${status}`, { status });
      }
    }),
  );
  // Before autocannon says "timeout" it has already sent the next request: what it does first is to drop the connection.
  const drop = client._destroyConnection;
  client._destroyConnection = function destroyConnection() {
    settle(() => fail(client, "timeout", {}));
    drop.call(client);
  };
  client.on("connError", (error) => settle(() => fail(client, error.code || "connection error", { message: error.message })));
  const connect = client._connect;
  client._connect = function connectAndWatch() {
    connect.call(client);
    client.conn.prependListener("end", () => settle(() => fail(client, "connection closed", {})));
  };
  const send = client._doRequest;
  client._doRequest = function doRequest() {
    if (ending) {
      return;
    }
    const before = client.reqsMade;
    send.call(client);
    if (client.reqsMade === before) {
      return; // over this second's rate
    }
    client.lab.open = true;
    client.lab.sent = Date.now();
    client.lab.path = client.requestIterator.currentRequest.path;
  };
}

function start(group) {
  const connections = Math.floor(options.rate / GROUPS) + (group < options.rate % GROUPS ? 1 : 0);
  autocannon(
    {
      url: options.url,
      connections,
      connectionRate: 1,
      duration: 86400,
      timeout: options.timeout,
      requests: options.paths.map((path) => ({ path })),
      setupClient: account,
    },
    () => {},
  );
}

const open = () => [...clients].filter((client) => client.lab.open).length;

function report(final) {
  const line = { time: Date.now() / 1000, ...counts };
  if (final) {
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? null;
    line.latency_ms = { p50: at(0.5), p99: at(0.99), max: at(1) };
    line.final = true;
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function end() {
  if (ending) {
    return;
  }
  // Send nothing more, and give what is under way the time to succeed or fail.
  ending = true;
  const deadline = Date.now() + options.timeout * 1000 + 1000;
  const look = setInterval(() => {
    if (open() > 0 && Date.now() < deadline) {
      return;
    }
    clearInterval(look);
    for (const client of clients) {
      client.lab.settle(() => fail(client, "unanswered", {}));
    }
    report(true);
    process.exit(0);
  }, 50);
}

process.on("SIGTERM", end);
process.stdin.resume();
process.stdin.on("end", () => process.exit(1)); // whoever wanted the load is gone
for (let group = 0; group < GROUPS; group += 1) {
  setTimeout(start, (1000 / GROUPS) * group, group);
}
setInterval(() => report(false), 1000);
