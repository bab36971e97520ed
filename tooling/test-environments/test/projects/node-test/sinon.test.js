import { after, afterEach, test } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import * as webson from 'webson';
import { between, exercises, otherTraffic } from '../exercises.js';

const timers = Object.keys(FakeTimers.timers).filter((name) => name !== 'nextTick');
let clock;
const replace = () => {
  clock ??= FakeTimers.install({ toFake: timers });
};
const restore = () => {
  clock?.uninstall();
  clock = undefined;
};
const other = await otherTraffic(webson);
after(() => other.stop());
afterEach(restore);

for (const [name, exercise] of Object.entries(exercises)) {
  test(`fake-timers: ${name}`, async () => {
    replace();
    await exercise(webson);
  });
}

test('fake-timers: between dial and traffic, and removed in the middle', async () => {
  await between(webson, [() => {}, replace, restore, replace, restore]);
});
