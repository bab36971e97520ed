import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { exercises } from '../exercises.js';

const { setTimeout: real } = globalThis;
mock.timers.enable();
const webson = await import('webson');
after(() => mock.timers.reset());

for (const [name, exercise] of Object.entries(exercises)) {
  test(`before import: ${name}`, async () => {
    assert.notEqual(globalThis.setTimeout, real);
    await exercise(webson);
  });
}
