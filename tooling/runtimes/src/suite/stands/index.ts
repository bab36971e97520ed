import type { StandMaker } from '../stand.js';
import { echo, fields, leaving, push, relay, throwing, ticking } from './messages.js';
import { leaver, reader, staller } from './readers.js';
import { garbled, hasty, mute, silent } from './strangers.js';
import { duplex, hosting, looping, streams } from './streams.js';
import { attached, guarded, pages, redirecting, taken } from './upgrades.js';

/** All that a server's process can be, by name. */
export const stands: Readonly<Record<StandName, StandMaker>> = {
  attached,
  duplex,
  echo,
  fields,
  garbled,
  guarded,
  hasty,
  hosting,
  leaver,
  leaving,
  looping,
  mute,
  pages,
  push,
  reader,
  redirecting,
  relay,
  silent,
  staller,
  streams,
  taken,
  throwing,
  ticking,
};

/** The name of a stand. */
export type StandName =
  | 'attached'
  | 'duplex'
  | 'echo'
  | 'fields'
  | 'garbled'
  | 'guarded'
  | 'hasty'
  | 'hosting'
  | 'leaver'
  | 'leaving'
  | 'looping'
  | 'mute'
  | 'pages'
  | 'push'
  | 'reader'
  | 'redirecting'
  | 'relay'
  | 'silent'
  | 'staller'
  | 'streams'
  | 'taken'
  | 'throwing'
  | 'ticking';
