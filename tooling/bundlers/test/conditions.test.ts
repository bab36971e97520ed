import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { createConsumer } from './support/consumer.js';

// Which build a condition chooses, without any that a bundler adds by itself.
let project = '';

beforeAll(async () => {
  project = await createConsumer();
});

/** The files of the packages that are read for `import * as webson from 'webson'`. */
async function filesRead(conditions: string[]): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: project,
    stdin: { contents: "import * as all from 'webson'; console.log(all);", resolveDir: project },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    format: 'esm',
    external: ['node:*'],
    conditions,
  });
  return Object.keys(metafile.inputs).map((path) => path.replace('node_modules/', ''));
}

const FOR_NODE = ['webson/dist/index.js', '@webson/connection/dist/internal.js'];
const FOR_PAGES = ['webson/dist/web.js', '@webson/connection/dist/web-internal.js'];

test.each([
  ['no condition', [], FOR_NODE, FOR_PAGES],
  ['node', ['node'], FOR_NODE, FOR_PAGES],
  ['bun', ['bun'], FOR_NODE, FOR_PAGES],
  ['deno', ['deno'], FOR_NODE, FOR_PAGES],
  // Who names both runs in Node: tests of what is for pages.
  ['node and browser', ['browser', 'node'], FOR_NODE, FOR_PAGES],
  ['browser', ['browser'], FOR_PAGES, FOR_NODE],
  ['worker', ['worker'], FOR_PAGES, FOR_NODE],
  ['react-native', ['react-native'], FOR_PAGES, FOR_NODE],
  ['workerd', ['workerd'], FOR_PAGES, FOR_NODE],
])('%s', async (_title, conditions, expected, others) => {
  const files = await filesRead(conditions);
  expect(files).toEqual(expect.arrayContaining(expected));
  for (const other of others) expect(files).not.toContain(other);
});
