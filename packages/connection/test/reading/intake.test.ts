import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Intake, type IntakeOwner } from '../../src/reading/intake.js';
import { bytesOf, textOf } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';

/** Who takes bytes, no more at a time and a turn than it is told. */
class Owner implements IntakeOwner {
  mayRead = true;
  hasMore = false;
  /** Bytes that are taken at a time. */
  most = Number.POSITIVE_INFINITY;
  /** Bytes that may be taken in one turn. */
  share = Number.POSITIVE_INFINITY;
  taken = '';
  isTaking = false;
  empties = 0;
  #inTurn = 0;
  readonly work = this.#createWork();
  onTake: () => void = () => {};

  take(chunk: Uint8Array): number {
    expect(this.isTaking).toBe(false);
    this.isTaking = true;
    const length = Math.min(chunk.length, this.most);
    this.taken += textOf(chunk.subarray(0, length));
    this.#inTurn += length;
    // It is of use only for the time of the call.
    chunk.fill(63, 0, length);
    const { onTake } = this;
    this.onTake = () => {};
    onTake();
    this.isTaking = false;
    return length;
  }

  onTaken(): void {}

  #createWork(): IntakeOwner['work'] {
    const isSpent = (): boolean => this.#inTurn >= this.share;
    const isTouched = (): boolean => this.share !== Number.POSITIVE_INFINITY;
    return {
      get isSpent() {
        return isSpent();
      },
      get isTouched() {
        return isTouched();
      },
      refill: () => {
        this.#inTurn = 0;
      },
    };
  }

  onEmpty(): void {
    this.empties++;
  }
}

function create(options: Partial<Owner> = {}): { owner: Owner; intake: Intake; transport: { isPaused: boolean } } {
  const owner = Object.assign(new Owner(), options);
  const transport = {
    isPaused: false,
    start() {},
    write: () => true,
    pause() {
      this.isPaused = true;
    },
    resume() {
      this.isPaused = false;
    },
    end() {},
    destroy() {},
  };
  return { owner, intake: new Intake(transport, owner), transport };
}

test('what may be taken is, at once', () => {
  const { owner, intake, transport } = create();
  intake.receive(bytesOf('abc'), true);
  expect([owner.taken, owner.empties, intake.isEmpty, transport.isPaused]).toEqual(['abc', 1, true, false]);
});

test('what may not be waits, the transport is paused, and goes on in a later turn', async () => {
  const { owner, intake, transport } = create({ most: 2 });
  owner.onTake = () => {
    owner.mayRead = false;
  };
  intake.receive(bytesOf('abcdef'), true);
  // What was under way.
  intake.receive(bytesOf('gh'), false);
  await turns(3);
  expect([owner.taken, owner.empties, intake.isEmpty, transport.isPaused]).toEqual(['ab', 0, false, true]);
  owner.mayRead = true;
  intake.update();
  expect(owner.taken).toBe('ab');
  await turns(1);
  expect([owner.taken, owner.empties, transport.isPaused]).toEqual(['abcdefgh', 1, false]);
});

test('as much as one turn may have, then the next turn', async () => {
  const { owner, intake, transport } = create({ most: 1, share: 2 });
  intake.receive(bytesOf('abcde'), true);
  expect([owner.taken, transport.isPaused]).toEqual(['ab', true]);
  await turns(1);
  expect(owner.taken).toBe('abcd');
  await turns(1);
  expect([owner.taken, transport.isPaused]).toEqual(['abcde', false]);
});

test('what was taken whole is the last of a turn in which as much was taken as may be', async () => {
  const { owner, intake, transport } = create({ share: 2 });
  intake.receive(bytesOf('ab'), true);
  expect([owner.taken, intake.isEmpty, transport.isPaused]).toEqual(['ab', true, true]);
  await turns(1);
  expect(transport.isPaused).toBe(false);
  // It was not for want of anything that the peer could do.
  expect(intake.takeWasPaused()).toBe(false);
});

test('a chunk that comes while one is taken waits for its end', () => {
  const { owner, intake } = create();
  owner.onTake = () => intake.receive(bytesOf('second'), true);
  intake.receive(bytesOf('first '), false);
  expect(owner.taken).toBe('first second');
});

test('whether reading was paused since the last time', () => {
  const { owner, intake } = create();
  expect(intake.takeWasPaused()).toBe(false);
  owner.mayRead = false;
  intake.update();
  expect([intake.isPaused, intake.takeWasPaused(), intake.takeWasPaused()]).toEqual([true, true, true]);
  owner.mayRead = true;
  intake.update();
  expect([intake.isPaused, intake.takeWasPaused(), intake.takeWasPaused()]).toEqual([false, true, false]);
});

const step = fc.record({
  text: fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 9 }),
  isLent: fc.boolean(),
  mayRead: fc.boolean(),
  most: fc.integer({ min: 1, max: 9 }),
  share: fc.integer({ min: 1, max: 9 }),
  turns: fc.integer({ min: 0, max: 2 }),
  inside: fc.boolean(),
});

propertyTest(
  'every byte once, in order, whatever may be taken when',
  500,
  fc.asyncProperty(fc.array(step), async (steps) => {
    const { owner, intake, transport } = create();
    let sent = '';
    for (const { text, isLent, inside, turns: passing, ...allowed } of steps) {
      sent += text;
      Object.assign(owner, allowed);
      if (inside) {
        owner.onTake = () => {
          sent += '!';
          intake.receive(bytesOf('!'), isLent);
        };
      }
      intake.update();
      const chunk = bytesOf(text);
      intake.receive(chunk, isLent);
      // Used for something else from now on.
      if (isLent) chunk.fill(64);
      await turns(passing);
      expect(intake.isPaused).toBe(transport.isPaused);
    }
    owner.onTake = () => {};
    owner.mayRead = true;
    intake.update();
    while (!intake.isEmpty) await turns(1);
    // Nothing is read for the rest of a turn in which all was taken that may be.
    await turns(1);
    expect([sorted(owner.taken), transport.isPaused]).toEqual([sorted(sent), false]);
    expect(owner.taken.replaceAll('!', '')).toBe(sent.replaceAll('!', ''));
  }),
);

function sorted(text: string): string {
  return [...text].sort().join('');
}
