import { renderGlobals } from './globals.js';
import { renderRooms, replaceBlock } from './picture.js';

/** The files that are written from the table of layers: where they stand, and what each says, given what it says now. */
export const derivedFrom: readonly (readonly [path: string, render: (text: string) => string])[] = [
  ['tooling/lint/globals.json', () => renderGlobals()],
  ['CONTRIBUTING.md', (text) => replaceBlock(text, renderRooms())],
];
