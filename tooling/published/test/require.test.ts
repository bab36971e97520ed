import { beforeAll, describe, expect, test } from 'vitest';
import { createProject, packageNames, writeTo } from '../src/project.js';
import { run } from '../src/run.js';
import { nodes } from '../src/versions.js';

// The packages in programs of CommonJS and of ES modules, in processes of each Node that is supported.
let project = '';

/** Echoes one message through all that is loaded on demand, and says what came of it. */
const ECHO = `
  const server = await serve({ host: '127.0.0.1', enableCompress: true, enableStreams: true }, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => adapter.dispatch(message.type, message.text() + '!'));
  });
  const ws = await dial(server.url, { enableCompress: true, enableStreams: true });
  ws.onReady((adapter) => adapter.dispatch(MessageType.Text, 'hello'.repeat(1000)));
  ws.onMessage(MessageType.Text, (message, adapter) => {
    console.log(message.text().length, Object.keys(ws.extensions).sort().join());
    adapter.close();
  });
  console.log((await ws.start()).code);
  await server.close();
`;
const ECHOED = '5001 permessage-deflate,webson-streams\n1000\n';

beforeAll(async () => {
  project = await createProject();
  writeTo(
    project,
    'required.cjs',
    `const { dial, MessageType, serve } = require('webson');\n(async () => {${ECHO}})();\n`,
  );
  writeTo(project, 'imported.mjs', `import { dial, MessageType, serve } from 'webson';\n${ECHO}`);
  writeTo(
    project,
    'same.cjs',
    `const required = require('webson');
     import('webson').then((imported) => console.log(required.Connection === imported.Connection));\n`,
  );
  const all = [...packageNames, '@webson/connection/internal', '@webson/testing/tcp'];
  writeTo(project, 'all.cjs', all.map((name) => `console.log(Object.keys(require('${name}')).length > 0);\n`).join(''));
});

describe.each(nodes)('$title', ({ program }) => {
  test.each([
    ['require', 'required.cjs', ECHOED],
    ['import', 'imported.mjs', ECHOED],
    ['both give the same module', 'same.cjs', 'true\n'],
    ['every package can be required', 'all.cjs', 'true\n'.repeat(packageNames.length + 2)],
  ])('%s', { timeout: 60_000 }, async (_title, file, expected) => {
    expect(await run(program, [file], project)).toEqual({ code: 0, stdout: expected, stderr: '' });
  });

  test('is of the version that it is here for', async () => {
    const { stdout } = await run(program, ['--version'], project);
    expect(stdout).toMatch(/^v(?:20\.19|2[0246])\./);
  });
});
