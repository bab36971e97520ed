#!/usr/bin/env node
import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { onStop, openKeyboard, runCommand, UsageError } from '@webson/terminal';
import { type CloseInfo, ConfigError, type Connection, dial } from 'webson';
import { type ClientOptions, help, parseClientOptions } from './client-options.js';
import { EchoSession } from './echo-session.js';
import { formatSize, MAX_SIZE, makeBytes, makeText } from './page/payload.js';
import { formatTime, RoundTrips } from './page/round-trips.js';

/** How much of a message is shown. */
const PREVIEW = 60;

await runCommand('client', async (args) => {
  const options = parseClientOptions(args);
  if (options === undefined) process.stdout.write(help);
  else await run(options);
});

async function run(options: ClientOptions): Promise<void> {
  const connection = await connect(options.url);
  const session = new EchoSession(connection);
  const { stdin, stdout } = process;
  const keyboard = openKeyboard(stdout.isTTY ? stdout : undefined);
  const roundTrips = new RoundTrips();
  const stopped = new AbortController();
  let sent = 0;
  let isOurs = false;

  const close = (): void => {
    isOurs = true;
    session.close();
    stopped.abort();
  };
  const print = (line: string): void => {
    stdout.write(stdout.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`);
    if (stdout.isTTY && !stopped.signal.aborted) keyboard?.prompt(true);
  };
  const measure = async (payload: string | Uint8Array): Promise<void> => {
    sent++;
    const time = await session.send(payload);
    if (time === undefined) return;
    roundTrips.add(time);
    print(describe(payload, time));
  };

  const ended = session.ended.finally(() => stopped.abort());
  onStop(keyboard, close);
  keyboard?.setPrompt('> ');
  keyboard?.on('line', (line) => void measure(options.isBinary ? Buffer.from(line) : line));

  if (options.count === undefined && isPiped()) {
    print(`Connected to ${options.url}. Every line read is sent.`);
    const lines = createInterface({ input: stdin });
    stopped.signal.addEventListener('abort', () => lines.close());
    for await (const line of lines) await measure(options.isBinary ? Buffer.from(line) : line);
  } else {
    print(`Connected to ${options.url}.${keyboard === undefined ? '' : ' Type a line to send it.'} Ctrl+C ends.`);
    await sendOwn(options, stopped.signal, measure);
  }
  if (!stopped.signal.aborted) close();
  const info = await ended;
  keyboard?.close();
  if (!isOurs) print(`The server closed the connection: ${describeClose(info)}`);
  print(summary(sent, roundTrips));
  if (info.error !== undefined) throw info.error;
  if (!info.wasClean || info.code > 1001) throw new Error(`the connection ended with ${describeClose(info)}`);
}

async function connect(url: string): Promise<Connection> {
  try {
    return await dial(url, { maxMessageSize: MAX_SIZE });
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error;
  }
}

// One after the other: the next when the echo of the last has come, and the interval is over.
async function sendOwn(
  { count = Number.POSITIVE_INFINITY, size, interval, isBinary }: ClientOptions,
  signal: AbortSignal,
  measure: (payload: string | Uint8Array) => Promise<void>,
): Promise<void> {
  for (let number = 1; number <= count && !signal.aborted; number++) {
    await measure(isBinary ? makeBytes(number, size) : makeText(number, size));
    if (number < count) await delay(interval, undefined, { signal }).catch(() => {});
  }
}

// A file or a pipe: not a terminal, and not /dev/null.
function isPiped(): boolean {
  const stat = fstatSync(0);
  return stat.isFIFO() || stat.isFile() || stat.isSocket();
}

function describe(payload: string | Uint8Array, time: number): string {
  const bytes = Buffer.from(payload);
  const size = formatSize(bytes.length);
  const preview = bytes.toString('utf8', 0, PREVIEW).replace(/\p{Cc}/gu, ' ');
  return `${formatTime(time).padStart(9)} ms ${size.padStart(9)}  ${preview}${bytes.length > PREVIEW ? '…' : ''}`;
}

function describeClose({ code, reason }: CloseInfo): string {
  return `close code ${code}${reason === '' ? '' : `, ${reason}`}`;
}

function summary(sent: number, roundTrips: RoundTrips): string {
  const figures = roundTrips.summary();
  const counts = `${sent} sent, ${roundTrips.count} echoed`;
  if (figures === undefined) return counts;
  const { min, median, p95 } = figures;
  return `${counts}: min ${formatTime(min)} ms, median ${formatTime(median)} ms, p95 ${formatTime(p95)} ms`;
}
