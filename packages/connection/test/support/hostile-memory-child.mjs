// A process of its own that watches its memory while a hostile peer has to do with it. Started by memory.test.ts.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { dial, serve } from '@webson/connection';

const { role, options, application, port, isTls } = JSON.parse(process.argv[2]);
const tls = {
  key: readFileSync(new URL('../data/key.pem', import.meta.url)),
  cert: readFileSync(new URL('../data/cert.pem', import.meta.url)),
};
const report = { handled: 0, growth: 0, held: 0, read: 0, codes: [], buffered: 0, unread: 0 };
const connections = [];
const sockets = [];
const kept = [];
const forever = new Promise(() => {});
let before = 0;

// What users write, most of whom wait for nothing.
const applications = {
  // The server of README.md, and the same for bytes.
  echo(ws) {
    ws.onMessage(1, (message, adapter) => {
      adapter.dispatch(1, `you said: ${message.text()}`);
    });
    ws.onMessage(2, (message, adapter) => {
      adapter.dispatch(2, message.read());
    });
  },
  // Handlers that never settle.
  hang(ws) {
    for (const type of [1, 2]) {
      ws.onMessage(type, () => {
        report.handled++;
        return forever;
      });
    }
  },
  hangOnPings(ws) {
    ws.onMessage(9, () => {
      report.handled++;
      return forever;
    });
  },
  // Waits for room, as back-pressure is documented.
  drain(ws) {
    ws.onMessage(2, async (message, adapter) => {
      report.handled++;
      if (!adapter.dispatch(2, message.read())) await adapter.drained();
    });
  },
  // A reader for every message, of which but one reads.
  readOne(ws) {
    ws.onMessage(2, async (message) => {
      if (report.handled++ > 0) return forever;
      for await (const _ of message.readIter());
    });
  },
  // Reads some of each, and waits for something else.
  readSome(ws) {
    ws.onMessage(2, async (message) => {
      report.handled++;
      await message.readIter().next();
      return forever;
    });
  },
  // Wants its messages whole, and then does something that takes long.
  whole(ws) {
    ws.onMessage(2, async (message) => {
      report.handled++;
      kept.push(message);
      await message.completed();
      return forever;
    });
  },
  // Begins to read, and returns at once.
  leave(ws) {
    ws.onMessage(2, (message) => {
      report.handled++;
      kept.push(message.readIter());
    });
  },
  // Sends and sends.
  push(ws) {
    ws.onReady(async (adapter) => {
      for (;;) {
        for (let i = 0; i < 64; i++) adapter.dispatch(2, new Uint8Array(65_536).fill(i));
        await turn();
      }
    });
    ws.onError(() => {});
  },
  // Sends messages whose sources give nothing.
  source(ws) {
    ws.onMessage(1, (_, adapter) => {
      report.handled++;
      adapter
        .dispatchReader(2, {
          [Symbol.asyncIterator]: () => ({ next: () => forever }),
        })
        .catch(() => {});
    });
  },
  nothing() {},
};

function look() {
  report.growth = Math.max(report.growth, process.memoryUsage.rss() - before);
}

function run(ws) {
  connections.push(ws);
  applications[application]?.(ws);
  ws.start().then(({ code }) => report.codes.push(code));
}

const settings = { pingInterval: 0, ...options };

function activity() {
  return sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, report.codes.length);
}

// What is there from the first connection on is not the peer's doing.
async function measure() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await turn();
  }
  return process.memoryUsage.rss();
}

if (role === 'server') {
  const server = await serve(
    {
      host: '127.0.0.1',
      ...settings,
      ...(isTls ? { tls } : {}),
      headerVerify: (_, { socket }) => {
        sockets.push(socket);
        return true;
      },
    },
    (ws) => {
      if (application !== 'unstarted') return run(ws);
      connections.push(ws);
      return forever;
    },
  );
  before = await measure();
  process.stdout.write(`${server.address.port}\n`);
} else {
  before = await measure();
  const ws = await dial(`${isTls ? 'wss' : 'ws'}://127.0.0.1:${port}/`, {
    ...settings,
    ...(isTls
      ? { tls: { rejectUnauthorized: false } }
      : {
          connect: () => {
            const socket = connect(port, '127.0.0.1');
            sockets.push(socket);
            return socket;
          },
        }),
  });
  run(ws);
  process.stdout.write(`${port}\n`);
}

setInterval(look, 10).unref();

// Reports when nothing has been read or written for some turns of the loop; or, told so, when all connections have ended.
for await (const line of createInterface({ input: process.stdin })) {
  const mustEnd = line === 'end';
  for (let quiet = 0, last = -1; quiet < 400 || (mustEnd && report.codes.length < connections.length); quiet++) {
    await turn();
    const now = activity();
    if (now !== last) quiet = 0;
    last = now;
    look();
  }
  report.held = (await measure()) - before;
  report.read = sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  report.buffered = connections.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0);
  report.unread = kept.reduce((sum, { size = 0 }) => sum + size, 0);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exit();
