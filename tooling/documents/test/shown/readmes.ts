import { expect } from 'vitest';
import { type Connection, MessageType, type Server, serve } from 'webson';
import { bundledInBrowser } from '../support/browser.js';
import type { Program } from '../support/program.js';
import { prints, serves } from '../support/runs.js';
import type { Shown } from '../support/shown.js';

const OWN_SERVER = `import { createServer } from 'node:http';
import { MessageType, takeOver } from 'webson';
const handle = (message, adapter) => adapter.dispatch(message.type, message.read());
const server = createServer().listen(8080);
`;

const COMPRESSING = `const bytes = new TextEncoder().encode('again and again, '.repeat(100));
const maxMessageSize = 1 << 20;
`;

/** Runs a server of ours for a client that a snippet shows. */
async function served(
  onConnection: (ws: Connection) => unknown,
  body: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await serve({ host: '127.0.0.1' }, onConnection);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

/** The client of a feed: it subscribes, prints what it gets, and ends. */
async function readsFeed(program: Program): Promise<void> {
  const onConnection = (ws: Connection): void => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      expect(message.text()).toBe('subscribe');
      adapter.dispatch(MessageType.Text, '{"price":7}');
      adapter.close(1000);
    });
  };
  await served(onConnection, async ({ url }) => {
    await prints('{ price: 7 }\n1000 true\n', { 'wss://example.com/feed': url })(program);
  });
}

/** It goes on forwarding until it is ended. */
async function forwards(program: Program): Promise<void> {
  await program.start().sees(/^redis-cli -p \d+$/m);
}

/** A pool dials its feed again when that breaks off. */
async function redials(program: Program): Promise<void> {
  let times = 0;
  let seen: (() => void) | undefined;
  const twice = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const onConnection = (ws: Connection): void => {
    times += 1;
    if (times === 1) ws.onReady((adapter) => adapter.close(1012));
    else seen?.();
  };
  await served(onConnection, async ({ url }) => {
    const child = program.start({ 'wss://example.com/feed': url });
    await twice;
    await child.sees(/feed dial 1[\s\S]*feed ready/);
    child.process.kill();
    await child.exited;
  });
}

/** An upload says how far it has come, and arrives as a whole. */
async function uploads(program: Program): Promise<void> {
  let length = 0;
  const onConnection = (ws: Connection): void => {
    ws.onMessage(MessageType.Binary, (message) => {
      length += message.read().length;
    });
  };
  await served(onConnection, async ({ url }) => {
    await prints(/^(\d+ %\n){15}100 %\n$/, { 'ws://127.0.0.1:8080': url })(program);
  });
  expect(length).toBe(1 << 20);
}

/** The README of the repository, and those of the packages and tools. */
export const readmes: readonly Shown[] = [
  {
    at: 'README.md: A server',
    run: serves({ probe: async (_, output) => expect(output()).toMatch(/^listening on ws:\/\/127\.0\.0\.1:\d+\/\n/) }),
  },
  {
    at: 'README.md: A client',
    run: async (program) => {
      const onConnection = (ws: Connection): void => {
        ws.onMessage(MessageType.Text, (message, adapter) => adapter.dispatch(1, `you said: ${message.text()}`));
      };
      await served(onConnection, async ({ url }) => {
        await prints('you said: hello\nclosed with 1000\n', { 'ws://127.0.0.1:8080': url })(program);
      });
    },
  },
  { at: 'docs/DIALECTS.md: Dialects', run: prints() },
  {
    at: 'docs/GO.md: Talking to the original Go kit',
    run: async (program) => {
      const goServer = await serve({ host: '127.0.0.1', dialect: 'go' }, () => {});
      const replaced = () => ({ 'ws://127.0.0.1:8000/': goServer.url });
      try {
        await serves({ shownPort: 8001, options: { dialect: 'go', enableStreams: true }, replaced })(program);
      } finally {
        await goServer.close();
      }
    },
  },
  ...[
    'A server and a client',
    'One after the other',
    'A large message',
    "Handlers of one's own",
    'A language of its own',
    'A pool',
  ].map((heading) => ({ at: `docs/GO.md: ${heading}`, run: prints() })),
  { at: 'docs/GO.md: Moving over', before: OWN_SERVER, run: serves({ path: '/rfc' }) },
  {
    at: 'docs/SECURITY-RULES.md: The same host, and DNS rebinding',
    before: "import { MessageType, serve } from 'webson';\n",
    run: serves(),
  },
  {
    at: 'packages/compress/README.md: @webson/compress',
    before: COMPRESSING,
    after: 'console.log(payload.length < bytes.length && Buffer.compare(message, bytes) === 0);\n',
    run: prints('true\n'),
  },
  {
    at: 'packages/connection/README.md: @webson/connection',
    after: 'console.log(code, wasClean, ...(error === undefined ? [] : [reason, error]));\n',
    run: readsFeed,
  },
  { at: 'packages/connection/README.md: In a page', run: bundledInBrowser },
  { at: 'packages/connection/README.md: Reading', run: prints() },
  { at: 'packages/connection/README.md: Reading 2', run: prints() },
  { at: 'packages/connection/README.md: As a stream', run: prints() },
  { at: 'packages/connection/README.md: As a stream 2', run: prints() },
  { at: 'packages/connection/README.md: On an HTTP server of your own', run: serves({ path: '/chat' }) },
  { at: 'packages/connection/README.md: One upgrade at a time', run: serves() },
  {
    at: 'packages/connection/README.md: Who may come in',
    run: serves({
      headers: 'Authorization: Bearer 1234\r\n',
      probe: async (_, output) => expect(output()).toMatch(/^(Ada is there\n)+$/),
    }),
  },
  {
    at: 'packages/connection/README.md: Streams',
    before: "import { writeFileSync } from 'node:fs';\nwriteFileSync('large.bin', new Uint8Array(1 << 20));\n",
    run: serves({
      options: { enableStreams: true },
      probe: async (_, output) => expect(output()).toContain('1048576 bytes\n'),
    }),
  },
  {
    at: 'packages/connection/README.md: Streams 2',
    before: "import { writeFileSync } from 'node:fs';\nwriteFileSync('large.bin', new Uint8Array(1 << 20));\n",
    run: uploads,
  },
  {
    at: 'packages/connection/src/node/server/attach.ts: attach',
    before: "import { createServer } from 'node:http';\nimport { attach, MessageType } from 'webson';\n",
    run: serves({ path: '/chat' }),
  },
  { at: 'packages/connection/src/node/server/take-over.ts: takeOver', before: OWN_SERVER, run: serves() },
  { at: 'packages/channels/README.md: @webson/channels', run: prints('HELLO!\n') },
  { at: 'packages/channels/README.md: TCP over a connection', run: forwards },
  { at: 'packages/channels/README.md: RPC', run: prints() },
  { at: 'packages/channels/README.md: RPC 2', run: prints() },
  { at: 'packages/frame/README.md: Example', run: prints() },
  { at: 'packages/handshake/README.md: @webson/handshake', run: prints('v1\n0\n') },
  { at: 'packages/pool/README.md: @webson/pool', run: serves() },
  {
    at: 'packages/pool/README.md: Dialling again',
    before: "import { Pool } from 'webson';\nconst freshToken = async () => 'of-now';\n",
    run: redials,
  },
  {
    at: 'packages/pool/README.md: Slow consumers',
    before: "import { Pool } from 'webson';\nconst source = ['one', 'two'];\n",
    after: "console.log('all were sent');\n",
    run: prints('all were sent\n'),
  },
  {
    at: 'packages/testing/README.md: Does my transport keep the contract?',
    run: prints(/# pass \d\d+\n[\s\S]*# fail 0\n/),
  },
  { at: 'packages/testing/README.md: Does my transport keep the contract? 2', run: prints() },
  { at: 'packages/testing/README.md: Peers and networks that misbehave', run: prints() },
  { at: 'packages/testing/README.md: Peers and networks that misbehave 2', run: prints() },
  { at: 'packages/testing/README.md: Peers and networks that misbehave 3', run: prints() },
  { at: 'packages/testing/README.md: The time, moved by hand', run: prints() },
  { at: 'packages/webson/README.md: webson', run: serves() },
  {
    at: 'tooling/conformance/README.md: A case',
    before: `import { answer, type Case, echo, last, ping, send, textStart } from '../../../../conformance/src/case.ts';
const one: Case =
`,
    after: 'console.log(one);\n',
    typesOnly: 'the suite itself runs its cases',
  },
];
