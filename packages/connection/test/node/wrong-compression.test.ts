import { COMPRESS_KINDS, type CompressOptions, resolveCompressOptions } from '@webson/compress';
import { expect, test } from 'vitest';
// With it all names of other libraries are at hand.
import '../../src/options/connection-kinds.js';
import { wrongCompression } from '../../src/node/wrong-compression.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import { hostileValues } from '../support/hostile-values.js';

test.each<[object, string]>([
  [{ level: 10 }, 'enableCompress.level: an integer from -1 to 9 expected, got 10'],
  [{ windowBits: { server: 7 } }, 'enableCompress.windowBits.server: an integer from 8 to 15 expected, got 7'],
  [{ contextTakeover: 'no' }, 'enableCompress.contextTakeover: true or false expected, got "no"'],
  [{ levle: 1 }, 'enableCompress.levle: no such option, got 1; is enableCompress.level meant?'],
  [
    { serverMaxWindowBits: 9 },
    'enableCompress.serverMaxWindowBits: no such option, got 9; here it is windowBits.server',
  ],
  [
    { windowBits: { cilent: 9 } },
    'enableCompress.windowBits.cilent: no such option, got 9; is enableCompress.windowBits.client meant?',
  ],
])('%o', (options, message) => {
  try {
    resolveCompressOptions(options as CompressOptions);
    expect.unreachable();
  } catch (error) {
    expect(wrongCompression(error, COMPRESS_KINDS)).toEqual(new ConfigError(message));
  }
});

test.each(hostileValues)('an accessor that throws %s', (_name, create) => {
  const cause = create();
  const error = wrongCompression(cause, COMPRESS_KINDS);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toBe('enableCompress: a value that can be read expected, got an exception');
});
