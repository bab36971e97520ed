import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dial } from '../../../src/node/client/dial.js';
import { refusedOrigin } from '../../../src/node/server/origin.js';
import type { ServeOptions } from '../../../src/node/server/serve.js';
import { propertyTest } from '../../support/property.js';
import { turns } from '../../support/turns.js';
import { collectWarnings } from '../../support/warnings.js';
import { expectNothingLeft, portOf, RawClient, rejection, serveForTest, TLS, upgradeRequest } from '../harness.js';

expectNothingLeft();

const ORIGIN = 'http://localhost:5173';

it.each([
  ['TCP', (): ServeOptions => ({}), {}],
  ['TLS', (): ServeOptions => ({ tls: TLS }), { tls: { ca: TLS.cert } }],
])(
  'over %s: answer, error, and a warning once name the origin, the host, and the option',
  async (_name, options, client) => {
    const warnings = collectWarnings();
    const heard: Error[] = [];
    const server = await serveForTest({ ...options(), onError: (error) => heard.push(error) });
    const host = new URL(server.url).host;
    const said = `The origin '${ORIGIN}' may not connect to the host '${host}': the option of the server that allows it is origins: ['${ORIGIN}']`;
    for (let i = 0; i < 3; i++) {
      const error = await rejection(dial(server.url, { ...client, extraHeaders: { Origin: ORIGIN } }));
      expect(error).toMatchObject({ status: 403 });
      expect(error.message).toContain(`it says ${JSON.stringify(said)}`);
    }
    await turns(1);
    expect(heard.map(({ message }) => message)).toEqual([said, said, said]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ name: 'WebsonWarning', code: 'WEBSON_ORIGIN_REFUSED' });
    expect(warnings[0]?.message).toBe(`${said}. Browsers show the page no more than that it could not connect.`);
  },
);

it('the answer is plain text that no browser takes for a page', async () => {
  const server = await serveForTest({});
  const client = RawClient.to(portOf(server), upgradeRequest('Origin: http://a<script>\r\n'));
  await client.until(({ hasEnded }) => hasEnded);
  expect(client.text).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
  expect(client.text).toMatch(/^X-Content-Type-Options: nosniff\r$/m);
  expect(client.text).toMatch(/^The origin 'http:\/\/a<script>' may not connect/m);
});

it('what was said to do does it', async () => {
  const server = await serveForTest({ origins: [ORIGIN] });
  const connection = await dial(server.url, { extraHeaders: { Origin: ORIGIN } });
  connection.onReady((adapter) => adapter.close());
  expect(await connection.start()).toMatchObject({ code: 1000 });
});

it('an origin that no option should name is told so, and a function that it has said no', () => {
  expect(refusedOrigin('null', 'a.test', false)).toMatch(/has no origin of its own; serve it over HTTP$/);
  expect(refusedOrigin('nonsense', 'a.test', false)).toMatch(/this is no origin of a page$/);
  expect(refusedOrigin(ORIGIN, 'a.test', true)).toMatch(
    /the function in the option origins of the server has not returned true$/,
  );
});

propertyTest(
  'whatever a client sends, the answer is a line of ASCII, and bounded',
  200,
  fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.string({ unit: 'binary' }), (origin, host) => {
    const line = refusedOrigin(origin, host, false);
    expect(line).toMatch(/^[ -~]*$/);
    expect(line.length).toBeLessThan(2500);
  }),
);
