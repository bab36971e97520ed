import { describe, expect, test } from 'vitest';
import { packages } from '../src/layers.js';
import { drawArrows, renderRooms, replaceBlock } from '../src/picture.js';

describe('drawArrows', () => {
  test('leaves out what follows from other arrows', () => {
    expect(
      drawArrows(
        ['bottom', 'middle', 'top'],
        [
          ['middle', 'bottom'],
          ['top', 'middle'],
          ['top', 'bottom'],
        ],
      ),
    ).toBe('```mermaid\ngraph TD\n  n0["bottom"]\n  n1["middle"]\n  n2["top"]\n  n1 --> n0\n  n2 --> n1\n```');
  });
});

describe('renderRooms', () => {
  test('has a row for each package and a box for each room', () => {
    const text = renderRooms();
    for (const { package: name, rooms = [] } of packages) {
      expect(text).toContain(`| \`packages/${name}\` |`);
      for (const { room } of rooms.filter(
        (row) => !/^(?:\.|(?:index|internal|portable|web|web-internal)\.ts)$/.test(row.room),
      ))
        expect(text).toContain(`["${room}"]`);
    }
  });
});

describe('replaceBlock', () => {
  const begin = '<!-- layers: written from tooling/lint/src/layers.ts from here -->';
  const end = '<!-- layers: to here -->';

  test('puts the block between the marks', () => {
    expect(replaceBlock(`a\n${begin}\nold\n${end}\nb`, 'new')).toBe(`a\n${begin}\n\nnew\n\n${end}\nb`);
  });

  test.each(['a', begin, end, `${end}${begin}`, `${begin}${end}${end}`, `${begin}${begin}${end}`])(
    'refuses %s',
    (text) => {
      expect(() => replaceBlock(text, 'new')).toThrow('once each');
    },
  );
});
