import type { Case } from '../case.js';
import { handshakes } from './handshakes.js';
import { portable } from './portable.js';
import { sockets } from './sockets.js';

/** All cases of a client with sockets of its own. */
export const cases: readonly Case[] = [...portable, ...handshakes, ...sockets];
