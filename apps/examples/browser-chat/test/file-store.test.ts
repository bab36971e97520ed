import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { FileStore } from '../src/server/file-store.js';
import { BadMessage } from '../src/shared/protocol.js';
import { temporaryFolder } from './support/folder.js';

async function* pieces(...list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

it('keeps a file as it came, and tells its hash', async () => {
  const store = new FileStore(temporaryFolder(), [], 1 << 20);
  const [first, second] = [randomBytes(100_000), randomBytes(5)];
  const { id, sha256 } = await store.receive(100_005, pieces(first, second));
  const whole = Buffer.concat([first, second]);
  expect(sha256).toBe(createHash('sha256').update(whole).digest('hex'));
  expect(store.has(id)).toBe(true);
  expect(await buffer(store.read(id))).toEqual(whole);
  await store.remove(id);
  expect(store.has(id)).toBe(false);
});

it('keeps a file without bytes', async () => {
  const store = new FileStore(temporaryFolder(), [], 1 << 20);
  const { id } = await store.receive(0, pieces());
  expect(await buffer(store.read(id))).toEqual(Buffer.alloc(0));
});

it('leaves nothing of what has another size, or breaks off', async () => {
  const folder = temporaryFolder();
  const store = new FileStore(folder, [], 1 << 20);
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3);
    throw new Error('broken off');
  };
  await expect(store.receive(3, pieces(new Uint8Array(4)))).rejects.toThrow('more came than the 3 bytes of the file');
  await expect(store.receive(3, pieces(new Uint8Array(2)))).rejects.toThrow('only 2 of the 3 bytes of the file came');
  await expect(store.receive(9, broken())).rejects.toThrow('broken off');
  expect(readdirSync(folder)).toEqual([]);
});

it('takes no more than there is room for, what is under way included', async () => {
  const store = new FileStore(temporaryFolder(), [], 10);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = async function* (): AsyncGenerator<Uint8Array> {
    await released;
    yield new Uint8Array(6);
  };
  const first = store.receive(6, slow());
  await expect(store.receive(5, pieces(new Uint8Array(5)))).rejects.toThrow(BadMessage);
  release();
  const { id } = await first;
  await expect(store.receive(5, pieces(new Uint8Array(5)))).rejects.toThrow('no room');
  await store.remove(id);
  await store.receive(5, pieces(new Uint8Array(5)));
});

it('clears its folder of what is not to be kept', async () => {
  const folder = temporaryFolder();
  const { id, sha256 } = await new FileStore(folder, [], 100).receive(1, pieces(new Uint8Array(1)));
  writeFileSync(join(folder, 'left.part'), 'x');
  const again = new FileStore(folder, [{ id, name: 'a', size: 1, sha256 }], 100);
  expect(again.has(id)).toBe(true);
  expect(readdirSync(folder)).toEqual([id]);
});
