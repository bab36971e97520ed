import type { Case } from '../case.js';
import { ends } from './ends.js';
import { faults } from './faults.js';
import { messages } from './messages.js';
import { streams } from './streams.js';

/** The cases of every client, in a page too: they import nothing of Node's. */
export const portable: readonly Case[] = [...messages, ...ends, ...streams, ...faults];
