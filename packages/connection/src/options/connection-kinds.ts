import { isHost, isOrigin } from '@webson/handshake';
import { described, isBytes } from '../application/described.js';
import { checkOptions } from './checked-options.js';
import { COMMON_KINDS } from './common-kinds.js';
import { hintFor } from './hints.js';
import {
  BOOLEAN,
  BYTES,
  type DefaultedKind,
  eitherOf,
  FALSE,
  FLAG,
  FUNCTION,
  integer,
  listOf,
  type OptionKind,
  type OptionKinds,
  oneOf,
  TEXT,
} from './option-kinds.js';
import type { BareOptions, ConnectionOptions, Settings } from './options.js';
import { settingsOf } from './settings.js';
import { useHints } from './unknown-option.js';

const MIB = 1024 * 1024;

// Where there are these options, all hints are at hand: a page loads them when it needs them.
useHints(hintFor);

// An entry is compared, so that one with a * never allows anything.
const ORIGIN_LIST = listOf('', (origin) => isOrigin(origin) && !origin.includes('*'));

// A list without an origin would refuse every page.
const ORIGINS: DefaultedKind = {
  ...eitherOf(
    oneOf('same-host', '*'),
    {
      ...ORIGIN_LIST,
      expected: "a list, not an empty one, of origins such as 'https://example.com:8443', without a path and without *",
      accepts: (value) => ORIGIN_LIST.accepts(value) && (value as string[]).length > 0,
    },
    FUNCTION,
  ),
  explain: (value) => {
    if (typeof value === 'string') return isOrigin(value) ? 'put it into a list' : undefined;
    const one = Array.isArray(value) ? value.find((each) => !isOrigin(each)) : undefined;
    const isSlashed = typeof one === 'string' && one.endsWith('/') && isOrigin(one.replace(/\/+$/, ''));
    return isSlashed ? `the slash at the end of ${described(one)} is none of an origin` : undefined;
  },
};

const HOST_LIST = listOf('', isHost);

// A list without a host would refuse every request.
const HOSTS: OptionKind = {
  ...HOST_LIST,
  expected:
    "a list, not an empty one, of hosts such as 'example.com', 'localhost:8080' or '[::1]', in ASCII, without *",
  accepts: (value) => HOST_LIST.accepts(value) && (value as string[]).length > 0,
};

const PRIVATE_MASK: OptionKind = {
  expected: 'a Uint8Array whose length is a positive multiple of 4',
  accepts: (value) => isBytes(value) && value.length > 0 && value.length % 4 === 0,
  take: (value: Uint8Array) => new Uint8Array(value),
  isSecret: true,
};

/** The options of every connection. */
export const CONNECTION_KINDS: OptionKinds<ConnectionOptions, BareOptions> = {
  ...COMMON_KINDS,
  headerVerify: FUNCTION,
  origins: ORIGINS,
  hosts: HOSTS,
  magicKey: { ...eitherOf(TEXT, BYTES), isSecret: true },
  privateMask: PRIVATE_MASK,
  alwaysMask: FLAG,
  dialect: oneOf('rfc', 'go'),
  pacing: eitherOf(integer(5120, 512, MIB), FALSE),
  directSockets: { ...BOOLEAN, default: true },
};

/** Checks the options and fills in the defaults. @throws ConfigError naming the first wrong option. */
export function resolveOptions(options: ConnectionOptions): Settings {
  return settingsOf(checkOptions('options', options, CONNECTION_KINDS));
}
