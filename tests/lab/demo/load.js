// A constant load over kept-alive connections, and an exact account of every request.
//
//   node load.js '{"url": ..., "rate": ..., "timeout": ..., "grace": ..., "paths": [...], "failures": FILE}'
//
// Each second it prints one JSON line, {"time", "requests", "failed", "kinds"}, counted from the start. On SIGTERM it
// sends nothing more, gives the requests in flight `grace` seconds to end, and prints a last line with "latency_ms" and
// "final": true. It stops at once when its stdin closes. Every failed request is a line of FILE. A request fails when
// its status is not 2xx, when its connection is refused, reset or closed before the whole answer, when it takes longer
// than `timeout` seconds, or when it is still unanswered at the end.
//
// The client is Node's own, because it never sends a request twice: when a server closes a kept-alive connection under
// a request, the request fails (https://nodejs.org/api/http.html#requestreusedsocket). Clients that try again in such a
// case (aiohttp, geventhttpclient) would hide the failure.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const { createHistogram } = require("node:perf_hooks");
const { urlToHttpOptions } = require("node:url");

const options = JSON.parse(process.argv[2]);
const target = urlToHttpOptions(new URL(options.url));
const failures = fs.openSync(options.failures, "w");
const counts = { requests: 0, failed: 0, kinds: {} };
const latencies = createHistogram(); // microseconds
const open = new Set(); // requests in flight

// The connection that was idle the longest sends the next request: each sends about one a second. When none is idle,
// a new one is opened, so a request that hangs holds up nobody else.
const newConnection = () => new http.Agent({ keepAlive: true, maxSockets: 1 });
const idle = Array.from({ length: options.rate }, newConnection);

function release(connection) {
  if (idle.length < options.rate) {
    idle.push(connection);
  } else {
    connection.destroy();
  }
}

// A broken connection gives the error of the system call. Without one, the server closed it in an orderly way, which
// Node reports as ECONNRESET too.
function kindOf(error) {
  if (error.code === "ECONNRESET" && !error.syscall) {
    return "connection closed";
  }
  return error.code || error.name;
}

// Resolves with nothing after a complete 2xx answer, else with what went wrong. Only the first outcome counts.
function get(path, connection) {
  return new Promise((resolve) => {
    const fail = (error) => resolve({ kind: kindOf(error), message: error.message });
    const read = (response) => {
      const status = response.statusCode;
      const success = status >= 200 && status < 300;
      response.on("error", fail);
      response.on("end", () => resolve(success ? undefined : { kind: `status ${status}`, status }));
      response.resume();
    };
    const request = http.get({ ...target, path, agent: connection }, read).on("error", fail);
    // Node's own timeout is about silence, this one about the whole request.
    const timer = setTimeout(() => {
      resolve({ kind: "timeout" });
      request.destroy();
    }, options.timeout * 1000);
    request.on("close", () => clearTimeout(timer));
  });
}

async function send(path) {
  const request = { path, sent: performance.now() };
  const connection = idle.shift() ?? newConnection();
  open.add(request);
  settle(request, await get(path, connection));
  release(connection);
}

function settle(request, failure) {
  const milliseconds = performance.now() - request.sent;
  open.delete(request);
  counts.requests += 1;
  if (!failure) {
    latencies.record(Math.max(1, Math.round(milliseconds * 1000)));
    return;
  }
  counts.failed += 1;
  counts.kinds[failure.kind] = (counts.kinds[failure.kind] ?? 0) + 1;
  const after = Number((milliseconds / 1000).toFixed(3));
  const record = { time: Date.now() / 1000, ...failure, path: request.path, after };
  fs.writeSync(failures, `${JSON.stringify(record)}\n`);
}

function report(last) {
  process.stdout.write(`${JSON.stringify({ time: Date.now() / 1000, ...counts, ...last })}\n`);
}

function latency() {
  const at = (percentile) =>
    latencies.count ? Number((latencies.percentile(percentile) / 1000).toFixed(1)) : null;
  return { p50: at(50), p99: at(99), max: at(100) };
}

// Requests leave in small groups, one at each tick: a timer for each request would double the processor time.
const TICK = 50; // milliseconds
const start = performance.now();
let sent = 0;
let reported = start;
let deadline = Infinity; // finite once the load is to end

function tick() {
  const now = performance.now();
  // A report comes just before a group, when most requests of the last one have their answer. A report amid a group
  // would move requests from one second to the next, and a second would look slow that was not.
  if (now - reported > 1000 - TICK / 2) {
    report();
    reported = now;
  }
  if (deadline < Infinity) {
    endWhenDone(now);
    return;
  }
  // What is due follows from the clock, so a late tick does not lower the rate.
  const due = ((now - start) / 1000) * options.rate;
  for (; sent < due; sent += 1) {
    send(options.paths[sent % options.paths.length]);
  }
}

function endWhenDone(now) {
  if (open.size > 0 && now < deadline) {
    return;
  }
  for (const request of open) {
    settle(request, { kind: "unanswered" });
  }
  report({ latency_ms: latency(), final: true });
  process.exit(0);
}

setInterval(tick, TICK);
process.once("SIGTERM", () => {
  deadline = performance.now() + options.grace * 1000;
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(1)); // whoever wanted the load is gone
