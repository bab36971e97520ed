// What a program does with webson, whatever machine it runs on: nothing here is of a page, or of Node.
import { dial, MessageType, Pool, Status } from 'webson';

const SIZE = 1024 * 1024;

/** Talks to the server at `url` in all ways, and returns what came of it. `digest` makes SHA-256 in hexadecimal of bytes. */
export async function exchange(url, digest) {
  return { plain: await plain(url), streamed: await streamed(url, digest), pooled: await pooled(url) };
}

/** Messages as any server takes them. */
async function plain(url) {
  const ws = await dial(url);
  const answers = [];
  ws.onReady((adapter) => void adapter.dispatch(MessageType.Text, 'grüße'));
  ws.onMessage(MessageType.Text, (message, adapter) => {
    answers.push(message.text());
    adapter.dispatch(MessageType.Binary, new Uint8Array([1, 2, 255]));
  });
  ws.onMessage(MessageType.Binary, (message, adapter) => {
    answers.push([...message.read()].join());
    adapter.close(4001, 'done');
  });
  const { code, reason, wasClean } = await ws.start();
  return [...answers, code, reason, wasClean];
}

/** Streams up and down, a type of one's own and a ping beside them: all that needs the inner protocol. */
async function streamed(url, digest) {
  const ws = await dial(url, { enableStreams: true, triggerOnStart: true });
  const first = (type, read) =>
    new Promise((resolve, reject) => void ws.onMessage(type, (message) => read(message).then(resolve, reject)));
  const text = first(MessageType.Text, async (message) => (await message.completed()).text());
  const third = first(3, async (message) => (await message.completed()).text());
  const pong = first(MessageType.Pong, async (message) => message.text());
  const down = first(MessageType.Binary, async (message) => {
    const bytes = new Uint8Array(SIZE);
    let length = 0;
    for await (const piece of message.readIter()) {
      bytes.set(piece, length);
      length += piece.length;
    }
    return digest(bytes.subarray(0, length));
  });
  const ended = ws.start();
  const bytes = new Uint8Array(SIZE).map((_, i) => (i * 31) >> 3);
  await ws.dispatchReader(MessageType.Binary, slices(bytes));
  ws.dispatch(3, 'third');
  ws.ping('there?');
  const sent = await digest(bytes);
  const seen = { up: (await text) === sent, down: (await down) === sent, third: await third, pong: await pong };
  ws.close(4002);
  return { ...seen, extensions: Object.keys(ws.extensions), code: (await ended).code };
}

async function* slices(bytes) {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

/** A connection that the server closes, and the pool opens again. */
async function pooled(url) {
  const pool = new Pool({ clientRetry: 10, retryInterval: 1 });
  const steps = [];
  pool.onRedial(({ step }) => steps.push(step));
  const ws = await pool.dial(url, { enableStreams: true }, { name: 'feed', group: 'feeds' });
  const answered = new Promise((resolve) => void ws.onMessage(MessageType.Text, (message) => resolve(message.text())));
  ws.onStatus(Status.Ready, () => void pool.toGroup('feeds', MessageType.Text, 'again'));
  pool.toGroup('feeds', MessageType.Text, 'leave');
  const answer = await answered;
  await pool.close();
  return { answer, steps };
}
