import { expect, test } from 'vitest';
import { jsonReport, junitReport, linesReport } from './support/reports.js';

test('Vitest and Jest: what failed, was skipped, could not be loaded, or was left open is told', () => {
  const one = (fullName: string, status: string): object => ({ fullName, status, failureMessages: [] });
  const report = {
    testResults: [
      {
        status: 'failed',
        assertionResults: [one('b', 'passed'), one('a', 'passed'), one('c', 'failed')],
        message: 'why',
      },
      { status: 'passed', assertionResults: [one('d', 'pending'), one('e', 'todo')] },
      { status: 'failed', assertionResults: [], message: 'no such module' },
    ],
    openHandles: ['a socket'],
  };
  expect(jsonReport(JSON.stringify(report))).toEqual({
    passed: ['a', 'b'],
    others: ['failed: c: ', 'pending: d: ', 'todo: e: ', 'why', 'no such module', 'open: a socket'],
  });
});

test('node:test: what failed or was skipped is told', () => {
  const lines = [
    { name: 'b', isPassed: true, error: '' },
    { name: 'a', isPassed: true, error: '' },
    { name: 'c', isPassed: false, error: 'why' },
  ];
  expect(linesReport(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))).toEqual({
    passed: ['a', 'b'],
    others: ['failed: c: why'],
  });
});

test('Bun and Deno: what failed or was skipped is told', () => {
  const xml = `<testsuites><testsuite name="s">
    <testcase name="b" classname="" time="0.1" />
    <testcase name="a" classname="s">
    </testcase>
    <testcase name="c" classname="s"><failure message="why">a stack</failure></testcase>
    <testcase name="d" classname=""><skipped /></testcase>
  </testsuite></testsuites>`;
  const { passed, others } = junitReport(xml);
  expect(passed).toEqual(['a', 'b']);
  expect(others.map((other) => other.slice(0, 9))).toEqual(['failed: c', 'failed: d']);
});
