import { after, afterEach, mock, test } from 'node:test';
import * as webson from 'webson';
import { between, exercises, otherTraffic } from '../exercises.js';

const restore = () => mock.timers.reset();
const replace = () => {
  restore();
  mock.timers.enable();
};
const other = await otherTraffic(webson);
after(() => other.stop());
afterEach(restore);

for (const [name, exercise] of Object.entries(exercises)) {
  test(`between import and dial: ${name}`, async () => {
    replace();
    await exercise(webson);
  });
}

test('between dial and traffic, and removed in the middle', async () => {
  await between(webson, [() => {}, replace, restore, replace, restore]);
});
