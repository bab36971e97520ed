import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  BadMessage,
  fileNameProblem,
  limits,
  nameProblem,
  parseFetch,
  parseSay,
  parseUploadHead,
  textProblem,
} from '../src/shared/protocol.js';

const KEY = '0123456789ab';

it.each(['Ada', 'Zoë', '李雷', "O'Neill", 'Jean-Luc P.', 'a', 'x'.repeat(24)])('takes %s for a name', (name) => {
  expect(nameProblem(name)).toBeUndefined();
});

it.each(['', ' Ada', 'Ada ', 'Ada  L', 'x'.repeat(25), '<b>', 'a/b', 'a\nb', '\u202eada', 'Zoe\u0308', '.a', '👍'])(
  'takes %j for no name',
  (name) => {
    expect(nameProblem(name)).toMatch(/^a name /);
  },
);

it.each(['photo.jpg', 'a b (1).tar.gz', 'résumé.pdf', '...', '.profile', '日本.txt'])('takes %s for a file', (name) => {
  expect(fileNameProblem(name)).toBeUndefined();
});

it.each([
  ['', 'a file needs a name'],
  ['..', 'the name of a file is not a path'],
  ['.', 'the name of a file is not a path'],
  ['../../etc/passwd', 'the name of a file is not a path'],
  ['C:\\boot.ini', 'the name of a file is not a path'],
  ['/etc/passwd', 'the name of a file is not a path'],
  ['a\0.txt', 'the name of a file has no control characters'],
  ['photo\u202egpj.exe', 'the name of a file has no control characters'],
  ['half \ud800', 'the name of a file has no control characters'],
  ['x'.repeat(121), 'the name of a file has at most 120 characters'],
])('takes %j for no file', (name, problem) => {
  expect(fileNameProblem(name)).toBe(problem);
});

it('bounds texts, and takes lines and tabs in them', () => {
  expect(textProblem('one\n\ttwo 👍')).toBeUndefined();
  expect(textProblem(' \n ')).toBe('an empty message says nothing');
  expect(textProblem('x'.repeat(limits.text + 1))).toBe('a message has at most 2000 characters');
  expect(textProblem('a\u001b[2Jb')).toBe('a message has no control characters');
});

it('reads what is right', () => {
  expect(parseSay(`{"key":"${KEY}","text":"hi","more":1}`)).toEqual({ key: KEY, text: 'hi' });
  const upload = { key: KEY, name: 'a.txt', size: 0 };
  expect(parseUploadHead(JSON.stringify(upload))).toEqual(upload);
  const fetch = { key: KEY, file: '0123456789abcdef01234567' };
  expect(parseFetch(JSON.stringify(fetch))).toEqual(fetch);
});

it('says what is wrong, under the key if there is one', () => {
  const wrong = (size: unknown): string => JSON.stringify({ key: KEY, name: 'a', size });
  for (const [read, json, key, message] of [
    [parseSay, 'hello', '', 'a message of this type is JSON'],
    [parseSay, '[1]', '', 'a message of this type is a JSON object'],
    [parseSay, '{"text":"hi"}', '', 'a key is 8 to 36 letters, digits and _ -'],
    [parseSay, `{"key":"${KEY}"}`, KEY, 'a message needs a text'],
    [parseUploadHead, wrong(-1), KEY, 'a file needs a size, in bytes'],
    [parseUploadHead, wrong(1.5), KEY, 'a file needs a size, in bytes'],
    [parseUploadHead, wrong('1'), KEY, 'a file needs a size, in bytes'],
    [parseUploadHead, wrong(limits.fileSize + 1), KEY, 'a file has at most 256 MiB'],
    [parseFetch, `{"key":"${KEY}","file":"../x"}`, KEY, 'a file is named by its id, 24 hexadecimal digits'],
  ] as const) {
    const error = thrownBy(() => read(json));
    expect(error).toBeInstanceOf(BadMessage);
    expect(error).toMatchObject({ key, message });
  }
});

it('throws nothing but BadMessage, whatever comes', () => {
  const json = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ key: fc.constant(KEY), text: fc.anything(), name: fc.anything(), size: fc.anything() }).map((value) => {
      return JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}` : (one as unknown)));
    }),
  );
  fc.assert(
    fc.property(json, fc.constantFrom(parseSay, parseUploadHead, parseFetch), (text, read) => {
      const error = thrownBy(() => read(text));
      expect(error === undefined || error instanceof BadMessage).toBe(true);
    }),
  );
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
