import { type Connection, dial, type Server, serve } from '@webson/connection';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Membership } from '../src/membership.js';

let server: Server;
let members: Membership;
let a: Connection;
let b: Connection;

beforeEach(async () => {
  server = await serve({ host: '127.0.0.1' }, () => {});
  members = new Membership();
  [a, b] = await Promise.all([dial(server.url), dial(server.url)]);
});

afterEach(async () => {
  a.close();
  b.close();
  await server.close();
});

test('by name, by connection, by group', () => {
  members.add(a, 'a', ['red', 'blue']);
  members.add(b, 'b', []);
  expect(members.get('a')?.connection).toBe(a);
  expect(members.of(b)?.name).toBe('b');
  expect([...members.inGroup('red')]).toEqual([members.get('a')]);
  expect([...members.inGroup('green')]).toEqual([]);
  expect([...members.connections()]).toEqual([a, b]);
  expect([a.name, a.group, b.name, b.group]).toEqual(['a', 'red', 'b', '']);
});

test('who leaves is in no group any more, and leaves once', () => {
  members.add(a, 'a', ['red']);
  const member = members.get('a')!;
  expect(members.remove(member)).toBe(true);
  expect(members.remove(member)).toBe(false);
  expect([members.size, [...members.inGroup('red')].length, a.name]).toEqual([0, 0, '']);
});

test('groups come and go with their members', () => {
  members.add(a, 'a', []);
  const member = members.get('a')!;
  expect([members.join(member, 'red'), members.join(member, 'red')]).toEqual([true, false]);
  expect([members.leave(member, 'red'), members.leave(member, 'red')]).toEqual([true, false]);
  expect(member.groups).toBeUndefined();
});

test('the version is another after every change', () => {
  const versions = new Set([members.version]);
  const changes = [
    () => members.add(a, 'a', []),
    () => members.join(members.get('a')!, 'red'),
    () => members.leave(members.get('a')!, 'red'),
    () => members.touch(),
    () => members.remove(members.get('a')!),
  ];
  for (const change of changes) {
    change();
    versions.add(members.version);
  }
  expect(versions.size).toBe(changes.length + 1);
});

test('a free name is one that nobody has', () => {
  members.add(a, 'client-1', []);
  expect(members.freeName(true)).toBe('client-2');
});
