import { expect, it } from 'vitest';
import { Members } from '../src/server/members.js';

it('gives a name to one person, who may be there more than once', () => {
  const members = new Members();
  expect(members.enter('Ada', 'secret-1')).toBe('Ada');
  expect(members.enter('ada', 'secret-2')).toBeUndefined();
  expect(members.enter('ADA', 'secret-1')).toBe('Ada');
  expect(members.enter('Grace', 'secret-2')).toBe('Grace');
  expect(members.names).toEqual(['Ada', 'Grace']);
  members.leave('Ada');
  expect(members.names).toEqual(['Ada', 'Grace']);
  members.leave('Ada');
  expect(members.names).toEqual(['Grace']);
  expect(members.enter('ada', 'secret-2')).toBe('ada');
});
