import { encodeFrame } from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { Platform } from '../../../src/protocol/contract/platform.js';
import { Outbox } from '../../../src/protocol/outbound/outbox.js';
import { brief, bytesOf, concat, framesOf, pattern } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';
import { takeAway } from '../../support/take-away.js';

const FIN = 0x80;
const TEXT = FIN | 1;
const BINARY = FIN | 2;
const SLAB = 512 * 1024;
const BY_REFERENCE = 32 * 1024;

/** A platform with a slab of its own, that takes down what is allocated. */
function createPlatform(): { platform: Platform; allocations: number[] } {
  const allocations: number[] = [];
  const platform = {
    ...nodePlatform,
    allocate(length: number): Uint8Array {
      allocations.push(length);
      // Marked, so that a byte nobody wrote is seen.
      return new Uint8Array(length).fill(0xee);
    },
  };
  return { platform, allocations };
}

/** The bytes of one write, as the transport would copy them. */
function write(outbox: Outbox, done = true): Uint8Array {
  const bytes = concat(outbox.take());
  outbox.taken(done);
  return bytes;
}

describe('one write', () => {
  test('everything queued leaves with it, in order', () => {
    const { platform } = createPlatform();
    const outbox = new Outbox(platform, false);
    outbox.addText(TEXT, 'one');
    outbox.addFrame(BINARY, bytesOf('two'));
    outbox.addEncoded(encodeFrame({ opcode: 2, payload: bytesOf('three') }));
    outbox.addText(FIN | 9, '');
    outbox.addText(TEXT, 'four');
    expect(outbox.length).toBe(5 + 5 + 7 + 2 + 6);
    const parts = outbox.take();
    outbox.taken(true);
    expect(framesOf(parts).map(brief)).toEqual(['1 one', '2 two', '2 three', '9', '1 four']);
    expect(outbox.length).toBe(0);
    expect(outbox.take()).toEqual([]);
  });

  test('small frames are one part', () => {
    const outbox = new Outbox(createPlatform().platform, false);
    for (let i = 0; i < 1000; i++) outbox.addText(TEXT, `message ${i}`);
    const parts = outbox.take();
    outbox.taken(true);
    expect(parts).toHaveLength(1);
    expect(framesOf(parts)).toHaveLength(1000);
  });

  test('more than the slab holds', () => {
    const outbox = new Outbox(createPlatform().platform, false);
    const payload = pattern(60_000);
    for (let i = 0; i < 30; i++) outbox.addFrame(BINARY, payload);
    const frames = framesOf([write(outbox)]);
    expect(frames).toHaveLength(30);
    for (const frame of frames) expect(Buffer.compare(frame.payload, payload)).toBe(0);
  });

  test('what is queued from within the write leaves with the next', () => {
    const { platform } = createPlatform();
    const outbox = new Outbox(platform, false);
    outbox.addText(TEXT, 'first');
    const first = outbox.take();
    outbox.addText(TEXT, 'meanwhile');
    expect(framesOf(first).map(brief)).toEqual(['1 first']);
    outbox.taken(false);
    expect(outbox.length).toBe(11);
    expect(outbox.bufferedAmount).toBe(7 + 11);
    outbox.drained();
    expect(framesOf([write(outbox)]).map(brief)).toEqual(['1 meanwhile']);
  });
});

describe('payloads', () => {
  const texts: [string, string][] = [
    ['empty', ''],
    ['ASCII of 64 characters', 'a'.repeat(64)],
    ['ASCII of 65 characters', 'a'.repeat(65)],
    ['ASCII of 126 characters', 'a'.repeat(126)],
    ['NUL and DEL', '\u0000\u007f'],
    ['not ASCII', 'grün'],
    ['not ASCII at the very end', `${'a'.repeat(63)}é`],
    ['64 characters that are 192 bytes', '€'.repeat(64)],
    ['42 characters that are 126 bytes', '€'.repeat(42)],
    ['41 characters that are 123 bytes', '€'.repeat(41)],
    ['63 characters that are 126 bytes', 'é'.repeat(63)],
    ['21,845 characters that are 65,535 bytes', '€'.repeat(21_845)],
    ['21,846 characters that are 65,538 bytes', '€'.repeat(21_846)],
    ['32,767 characters that are 65,534 bytes', 'é'.repeat(32_767)],
    ['32,768 characters that are 65,536 bytes', 'é'.repeat(32_768)],
    ['43,690 characters, the most there is room for whatever they are', '€'.repeat(43_690)],
    ['43,691 characters', '€'.repeat(43_691)],
    ['outside of the BMP', '👍'.repeat(20)],
    ['a lone high surrogate', 'x\ud83dy'],
    ['a lone low surrogate', '\udc00'],
    ['a lone surrogate in a long text', `${'z'.repeat(100)}\ud800${'z'.repeat(100)}`],
    ['a BOM', '\ufeffx'],
    ['long', 'abcdefgh'.repeat(20_000)],
    ['long, not ASCII', 'äöü€👍'.repeat(20_000)],
  ];
  for (const masked of [false, true]) {
    test.each(texts)(`text, ${masked ? 'masked' : 'plain'}: %s`, (_, text) => {
      const outbox = new Outbox(createPlatform().platform, masked);
      outbox.addText(TEXT, 'before');
      outbox.addText(TEXT, text);
      outbox.addText(TEXT, 'after');
      const [before, frame, after] = framesOf([write(outbox)]);
      expect(Buffer.compare(frame!.payload, bytesOf(text))).toBe(0);
      expect(frame!.masked).toBe(masked);
      expect([brief(before!), brief(after!)]).toEqual(['1 before', '1 after']);
    });
  }

  const lengths = [0, 1, 125, 126, 65_535, 65_536, BY_REFERENCE - 1, BY_REFERENCE, BY_REFERENCE + 1, SLAB, 2 * SLAB];
  const privateMask = bytesOf('sixteen bytes!!!');
  for (const secret of [undefined, privateMask]) {
    for (const masked of [false, true]) {
      test.each(lengths)(`%d bytes, ${masked ? 'masked' : 'plain'}, ${secret ? 'private mask' : 'no secret'}`, (n) => {
        const outbox = new Outbox(createPlatform().platform, masked, secret);
        const payload = pattern(n);
        outbox.addFrame(BINARY, bytesOf('before'));
        outbox.addFrame(BINARY, payload);
        outbox.addText(TEXT, 'after');
        expect(outbox.bufferedAmount).toBe(outbox.length);
        const { length } = outbox;
        const bytes = write(outbox);
        expect(bytes.length).toBe(length);
        const frames = framesOf([bytes], masked && secret !== undefined ? { privateMask: secret } : {});
        expect(frames.map((frame) => frame.opcode)).toEqual([2, 2, 1]);
        expect(Buffer.compare(frames[1]!.payload, payload)).toBe(0);
        // The source is as it was.
        expect(Buffer.compare(payload, pattern(n))).toBe(0);
      });
    }
  }

  test('a large unmasked payload is sent from where it is, a smaller one is copied', () => {
    const outbox = new Outbox(createPlatform().platform, false);
    const large = pattern(BY_REFERENCE);
    const small = pattern(BY_REFERENCE - 1);
    outbox.addFrame(BINARY, large);
    outbox.addFrame(BINARY, small);
    const parts = outbox.take();
    expect(parts.some((part) => part.buffer === large.buffer)).toBe(true);
    expect(parts.some((part) => part.buffer === small.buffer)).toBe(false);
    outbox.taken(true);
  });

  test('a masked payload is copied however large: the source must not change', () => {
    const outbox = new Outbox(createPlatform().platform, true);
    const large = pattern(BY_REFERENCE);
    outbox.addFrame(BINARY, large);
    expect(outbox.take().some((part) => part.buffer === large.buffer)).toBe(false);
    outbox.taken(true);
  });
});

describe('a transport that takes its time', () => {
  test('blocked until it has passed on what it was given', () => {
    const outbox = new Outbox(createPlatform().platform, false);
    expect(outbox.isBlocked).toBe(false);
    outbox.addText(TEXT, 'hello');
    write(outbox, false);
    expect(outbox.isBlocked).toBe(true);
    expect(outbox.length).toBe(0);
    expect(outbox.bufferedAmount).toBe(7);
    outbox.addText(TEXT, 'more');
    expect(outbox.bufferedAmount).toBe(13);
    outbox.drained();
    expect(outbox.isBlocked).toBe(false);
    expect(outbox.bufferedAmount).toBe(6);
    expect(framesOf([write(outbox)]).map(brief)).toEqual(['1 more']);
  });

  test('its memory is left alone until it is done', () => {
    const { platform } = createPlatform();
    const slow = new Outbox(platform, false);
    const quick = new Outbox(platform, false);
    slow.addText(TEXT, 'slow');
    const inFlight = slow.take();
    slow.taken(false);
    for (let i = 0; i < 100; i++) {
      quick.addFrame(BINARY, pattern(30_000, i));
      slow.addText(TEXT, 'waits');
      write(quick);
    }
    expect(framesOf(inFlight).map(brief)).toEqual(['1 slow']);
    slow.drained();
    expect(framesOf([write(slow)])).toHaveLength(100);
  });

  test('clear drops everything and gives the slab back', () => {
    const { platform, allocations } = createPlatform();
    const first = new Outbox(platform, false);
    first.addText(TEXT, 'never sent');
    first.clear();
    expect([first.length, first.bufferedAmount, first.isBlocked]).toEqual([0, 0, false]);
    expect(first.take()).toEqual([]);
    first.taken(true);
    const second = new Outbox(platform, false);
    second.addText(TEXT, 'sent');
    expect(framesOf([write(second)]).map(brief)).toEqual(['1 sent']);
    // One slab, and nothing beside it: the second had it as well.
    expect(allocations).toEqual([SLAB]);
  });

  test('clear while the transport still has the memory', () => {
    const { platform } = createPlatform();
    const first = new Outbox(platform, false);
    first.addText(TEXT, 'in flight');
    const parts = first.take();
    first.taken(false);
    first.clear();
    const second = new Outbox(platform, false);
    second.addText(TEXT, 'overwrites?');
    expect(framesOf(parts).map(brief)).toEqual(['1 in flight']);
    expect(first.bufferedAmount).toBe(0);
    second.clear();
  });

  test('clear from within the write', () => {
    const { platform, allocations } = createPlatform();
    const outbox = new Outbox(platform, false);
    outbox.addText(TEXT, 'x');
    outbox.take();
    outbox.clear();
    outbox.taken(false);
    expect([outbox.bufferedAmount, outbox.isBlocked]).toEqual([0, false]);
    const next = new Outbox(platform, false);
    next.addText(TEXT, 'y');
    write(next);
    expect(allocations).toEqual([SLAB]);
  });
});

describe('the slab', () => {
  test('one after the other uses the same memory', () => {
    const { platform, allocations } = createPlatform();
    for (let i = 0; i < 1000; i++) {
      const outbox = new Outbox(platform, false);
      outbox.addFrame(BINARY, pattern(10_000));
      write(outbox);
    }
    expect(allocations).toEqual([SLAB]);
  });

  test('it is lent to one at a time; the other has memory of its own', () => {
    const { platform, allocations } = createPlatform();
    const first = new Outbox(platform, false);
    const second = new Outbox(platform, false);
    first.addText(TEXT, 'first');
    second.addText(TEXT, 'second');
    expect(allocations[0]).toBe(SLAB);
    expect(allocations).toHaveLength(2);
    first.addText(TEXT, 'first again');
    second.addText(TEXT, 'second again');
    expect(framesOf([write(first)]).map(brief)).toEqual(['1 first', '1 first again']);
    expect(framesOf([write(second)]).map(brief)).toEqual(['1 second', '1 second again']);
  });

  test('a blocked outbox does not keep it from the others', () => {
    const { platform, allocations } = createPlatform();
    const blocked = new Outbox(platform, false);
    blocked.addText(TEXT, 'x');
    write(blocked, false);
    blocked.addText(TEXT, 'waits');
    const count = allocations.length;
    const other = new Outbox(platform, false);
    other.addText(TEXT, 'y');
    write(other);
    expect(allocations).toHaveLength(count);
    blocked.clear();
  });

  const step = fc.record({
    outbox: fc.integer({ min: 0, max: 3 }),
    action: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('text' as const, 'frame' as const) },
      { weight: 1, arbitrary: fc.constantFrom('encoded' as const, 'clear' as const) },
      { weight: 4, arbitrary: fc.constantFrom('take' as const, 'write' as const, 'drained' as const) },
    ),
    length: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
      { weight: 3, arbitrary: fc.integer({ min: 200, max: 70_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: BY_REFERENCE - 10, max: BY_REFERENCE + 10 }) },
    ),
    done: fc.boolean(),
    wide: fc.boolean(),
  });
  const roles = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  propertyTest(
    'outboxes that share it never write into each other: each says what its naive twin says',
    400,
    fc.property(roles, fc.array(step, { maxLength: 120 }), (masked, steps) => {
      const { platform } = createPlatform();
      const secret = bytesOf('12345678');
      const twins = masked.map((isMasked) => new Twin(platform, isMasked, isMasked ? secret : undefined));
      for (const [i, { outbox, action, length, done, wide }] of steps.entries()) {
        const twin = twins[outbox] as Twin;
        if (action === 'text') twin.addText(`${i}`.padEnd(Math.min(length, 5000), wide ? 'é' : 'e'));
        if (action === 'frame') twin.addFrame(pattern(length, i));
        if (action === 'encoded') twin.addEncoded(pattern(Math.min(length, 500), i));
        if (action === 'clear') twin.clear();
        if (action === 'take' || action === 'write') twin.take();
        if (action === 'write') twin.taken(done);
        if (action === 'drained') twin.drained();
        expect(twin.outbox.bufferedAmount).toBe(twin.expectedAmount);
      }
      for (const twin of twins) twin.finish();
    }),
  );
});

/** An outbox, and beside it a list of the frames it should have sent. */
class Twin {
  readonly outbox: Outbox;
  readonly #masked: boolean;
  readonly #secret: Uint8Array | undefined;
  #queued: { opcode: number; payload: Uint8Array; length: number }[] = [];
  // What the transport has, and what it should be: looked at only when the transport is done with it.
  #handed: { parts: readonly Uint8Array[]; expected: { opcode: number; payload: Uint8Array; length: number }[] }[] = [];
  #isTaken = false;
  #isBlocked = false;

  constructor(platform: Platform, masked: boolean, secret: Uint8Array | undefined) {
    this.outbox = new Outbox(platform, masked, secret);
    this.#masked = masked;
    this.#secret = secret;
  }

  get expectedAmount(): number {
    const handed = this.#isBlocked ? this.#handed.flatMap(({ expected }) => expected) : [];
    return [...handed, ...this.#queued].reduce((sum, { length }) => sum + length, 0);
  }

  addText(text: string): void {
    this.#expect(1, bytesOf(text));
    this.outbox.addText(TEXT, text);
  }

  addFrame(payload: Uint8Array): void {
    this.#expect(2, payload.slice());
    this.outbox.addFrame(BINARY, payload);
  }

  addEncoded(payload: Uint8Array): void {
    this.#expect(2, payload);
    const options = this.#secret === undefined ? undefined : { privateMask: this.#secret };
    this.outbox.addEncoded(encodeFrame({ opcode: 2, payload, mask: this.#masked }, options));
  }

  // Hands over what is queued; the transport looks at it later.
  take(): void {
    if (this.#isTaken || this.#isBlocked) return;
    const parts = this.outbox.take();
    this.#handed.push({ parts, expected: this.#queued });
    this.#queued = [];
    this.#isTaken = true;
  }

  // The transport says what it has done with what was handed over.
  taken(done: boolean): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    if (done) this.#check();
    else this.#isBlocked = true;
    this.outbox.taken(done);
  }

  drained(): void {
    if (!this.#isBlocked) return;
    this.#check();
    this.#isBlocked = false;
    this.outbox.drained();
  }

  clear(): void {
    if (this.#isTaken || this.#isBlocked) this.#check();
    this.#isTaken = false;
    this.#isBlocked = false;
    this.#queued = [];
    this.outbox.clear();
  }

  finish(): void {
    this.taken(true);
    this.drained();
    this.take();
    this.taken(true);
    expect(this.outbox.length).toBe(0);
    expect(this.#queued).toEqual([]);
  }

  #expect(opcode: number, payload: Uint8Array): void {
    const length = encodeFrame({ opcode, payload, mask: this.#masked }).length;
    this.#queued.push({ opcode, payload, length });
  }

  #check(): void {
    for (const { parts, expected } of this.#handed.splice(0)) {
      const frames = framesOf(parts, this.#secret === undefined ? {} : { privateMask: this.#secret });
      expect(frames.map(({ opcode }) => opcode)).toEqual(expected.map(({ opcode }) => opcode));
      for (const [i, frame] of frames.entries()) {
        expect(frame.masked).toBe(this.#masked);
        expect(Buffer.compare(frame.payload, expected[i]!.payload)).toBe(0);
      }
    }
  }
}

describe('a payload that is sent from where it lies', () => {
  test('is pinned: who has it cannot take its buffer away meanwhile', () => {
    const pinned: Uint8Array[] = [];
    const outbox = new Outbox({ ...nodePlatform, pin: (bytes) => pinned.push(bytes) }, false);
    const payload = pattern(BY_REFERENCE);
    outbox.addFrame(BINARY, payload.subarray(1));
    expect(pinned).toEqual([]);
    outbox.addFrame(BINARY, payload);
    expect(pinned).toEqual([payload]);
    expect(framesOf([write(outbox)]).map(({ payload: { length } }) => length)).toEqual([
      BY_REFERENCE - 1,
      BY_REFERENCE,
    ]);
  });

  test('is copied where it cannot be pinned', () => {
    const outbox = new Outbox({ ...nodePlatform, pin: undefined }, false);
    const payload = pattern(100_000);
    outbox.addFrame(BINARY, payload);
    takeAway(payload);
    expect(framesOf([write(outbox)]).map(({ payload }) => Buffer.compare(payload, pattern(100_000)))).toEqual([0]);
  });

  test('and was taken away all the same counts as zeros: no other message is lost', () => {
    const outbox = new Outbox({ ...nodePlatform, pin() {} }, false);
    const payloads = [10, BY_REFERENCE, 70_000, 20, 50_000].map((length, i) => pattern(length, i));
    for (const payload of payloads) outbox.addFrame(BINARY, payload);
    const taken = [1, 4];
    const expected = payloads.map((payload, i) =>
      taken.includes(i) ? new Uint8Array(payload.length) : payload.slice(),
    );
    for (const i of taken) takeAway(payloads[i]!);
    outbox.addFrame(BINARY, bytesOf('last'));
    const frames = framesOf([write(outbox)]);
    expect(frames.map(({ payload }, i) => Buffer.compare(payload, expected[i] ?? bytesOf('last')))).toEqual(
      Array(6).fill(0),
    );
  });
});
