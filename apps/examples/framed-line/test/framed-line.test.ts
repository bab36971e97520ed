import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { spawnChild } from '@webson/child-process';
import { expect, test } from 'vitest';
import { FramedLine } from '../src/framed-line.js';

interface Received {
  readonly messages: [type: number, content: string][];
  readonly line: PassThrough;
}

/** What is sent comes back on the same line. */
function loop(): Received & { framed: FramedLine } {
  const line = new PassThrough();
  const messages: [number, string][] = [];
  const framed = new FramedLine(line, (type, content) =>
    messages.push([type, Buffer.from(content).toString('latin1')]),
  );
  return { line, messages, framed };
}

/** The bytes of some messages. */
async function bytesOf(...contents: string[]): Promise<Buffer> {
  const { line, framed } = loop();
  const chunks: Buffer[] = [];
  line.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  for (const content of contents) framed.send(2, Buffer.from(content, 'latin1'));
  line.end();
  await new Promise((resolve) => line.once('end', resolve));
  return Buffer.concat(chunks);
}

const CONTENTS = ['a', '', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(4096)];

test.each([1, 2, 3, 100, 10_000])('messages arrive, cut into pieces of %d bytes', async (size) => {
  const bytes = await bytesOf(...CONTENTS);
  const { line, messages } = loop();
  for (let at = 0; at < bytes.length; at += size) line.write(bytes.subarray(at, at + size));
  line.end();
  await new Promise((resolve) => line.once('end', resolve));
  expect(messages).toEqual(CONTENTS.map((content) => [2, content]));
});

test('a broken frame destroys the line', async () => {
  const { line, messages } = loop();
  const failed = new Promise<Error>((resolve) => line.once('error', resolve));
  line.write(Buffer.from([0xf2, 0x00]));
  expect(await failed).toMatchObject({ name: 'FrameError' });
  expect([line.destroyed, messages]).toEqual([true, []]);
});

test('a message that is too large is not sent', () => {
  expect(() => loop().framed.send(1, new Uint8Array(4097))).toThrow(RangeError);
});

test('the program runs', async () => {
  const child = spawnChild(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url))]);
  await child.sees(/^temperature: 21\.5 °C\n$/);
});
