import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dial } from '../../../src/node/client/dial.js';
import { refusedOrigin } from '../../../src/node/server/origin.js';
import { type ServeOptions, serve } from '../../../src/node/server/serve.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';
import { propertyTest } from '../../support/property.js';
import { turns } from '../../support/turns.js';
import { collectWarnings } from '../../support/warnings.js';
import { expectNothingLeft, portOf, RawClient, rejection, serveForTest, TLS, upgradeRequest } from '../harness.js';

expectNothingLeft();

const ORIGIN = 'http://localhost:5173';

it.each([
  ['TCP', 'http', (): ServeOptions => ({}), {}],
  ['TLS', 'https', (): ServeOptions => ({ tls: TLS }), { tls: { ca: TLS.cert } }],
])(
  'over %s: answer, error, and a warning once name the origin, the host, and the option',
  async (_name, scheme, options, client) => {
    const warnings = collectWarnings();
    const heard: Error[] = [];
    const server = await serveForTest({ ...options(), onError: (error) => heard.push(error) });
    const host = new URL(server.url).host;
    const said = `The origin '${ORIGIN}' may not connect to the host '${host}': the option of the server that allows it, and its own pages, is origins: ['${scheme}://${host}', '${ORIGIN}']`;
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

it.each<[string, ServeOptions]>([
  ['the default', {}],
  ['a list', { origins: ['http://elsewhere.test'] }],
])(
  'with %s, what was said to do lets both pages in: the one refused, and those that were allowed',
  async (_name, options) => {
    const server = await serveForTest(options);
    const own = `http://${new URL(server.url).host}`;
    const allowed = Array.isArray(options.origins) ? options.origins : [own];
    const error = await rejection(dial(server.url, { extraHeaders: { Origin: ORIGIN } }));
    const said = /origins: \[(.*)\]"/.exec(error.message)?.[1] as string;
    const origins = said.split(', ').flatMap((each) => (each === '...' ? allowed : [each.slice(1, -1)]));
    const mended = await serveForTest({ ...options, origins });
    for (const origin of [ORIGIN, ...allowed]) {
      const connection = await dial(mended.url, { extraHeaders: { Origin: origin } });
      connection.onReady((adapter) => adapter.close());
      expect(await connection.start()).toMatchObject({ code: 1000 });
    }
  },
);

it('an origin that no option should name is told so, and a function that it has said no', () => {
  expect(refusedOrigin('null', 'a.test', 'same-host', false)).toMatch(
    /has no origin of its own; serve it over HTTP, or list 'null', which is every sandbox$/,
  );
  expect(refusedOrigin('nonsense', 'a.test', 'same-host', false)).toMatch(/this is no origin of a page$/);
  expect(refusedOrigin(ORIGIN, 'a.test', () => false, false)).toMatch(
    /the function in the option origins of the server has not returned true$/,
  );
});

it('what else the list holds is not told to strangers', () => {
  expect(refusedOrigin(ORIGIN, 'a.test', ['https://intranet.test'], false)).not.toContain('intranet');
});

it('a host that is refused is named in answer, error, and a warning once', async () => {
  const warnings = collectWarnings();
  const heard: Error[] = [];
  const server = await serveForTest({ hosts: ['own.test'], onError: (error) => heard.push(error) });
  const { host } = new URL(server.url);
  const said = `The host '${host}' is none of this server: add it to the list in the option of the server, hosts: [..., '${host}']`;
  for (let i = 0; i < 2; i++) {
    const error = await rejection(dial(server.url));
    expect(error).toMatchObject({ status: 421 });
    expect(error.message).toContain(`it says ${JSON.stringify(said)}`);
  }
  await turns(1);
  expect(heard.map(({ message }) => message)).toEqual([said, said]);
  const ofHosts = warnings.filter(({ code }) => code === 'WEBSON_HOST_REFUSED');
  expect(ofHosts.map(({ code, message }) => [code, message])).toEqual([
    ['WEBSON_HOST_REFUSED', `${said}, if it is a name that clients should use.`],
  ]);
});

it.each([
  { origins: ['http://*.example.com'] },
  { origins: ['https://a.test', 'https://*'] },
  { hosts: ['*.example.com'] },
])('a * is no part of an entry: %j', async (options) => {
  expect(await rejection(serve(options, () => {}))).toBeInstanceOf(ConfigError);
  expect((await rejection(serve(options, () => {}))).message).toContain('without *');
});

propertyTest(
  'whatever a client sends, the answer is a line of ASCII, and bounded',
  200,
  fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.string({ unit: 'binary' }), (origin, host) => {
    const line = refusedOrigin(origin, host, 'same-host', false);
    expect(line).toMatch(/^[ -~]*$/);
    expect(line.length).toBeLessThan(2500);
  }),
);
