const esm = { transform: {} };
const jsdom = { ...esm, testEnvironment: 'jsdom', setupFiles: ['<rootDir>/jest/text-encoding.js'] };

/** By the name in JEST_PROJECT. */
const projects = {
  node: { ...esm, testMatch: ['<rootDir>/jest/exercises.test.js'] },
  modern: { ...esm, testMatch: ['<rootDir>/jest/global-timers.test.js'], fakeTimers: { enableGlobally: true } },
  legacy: {
    ...esm,
    testMatch: ['<rootDir>/jest/global-timers.test.js'],
    fakeTimers: { enableGlobally: true, legacyFakeTimers: true },
  },
  required: { ...esm, testMatch: ['<rootDir>/jest/required.test.cjs'] },
  transformed: {
    testMatch: ['<rootDir>/jest/required.test.cjs'],
    transform: { '\\.[cm]?js$': '<rootDir>/jest/transform.cjs' },
    transformIgnorePatterns: ['/node_modules/(?!(webson|@webson)/)'],
  },
  dom: {
    ...jsdom,
    testMatch: ['<rootDir>/jest/dom.test.js'],
    testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  },
  page: {
    ...jsdom,
    testMatch: ['<rootDir>/jest/page.test.js'],
    globalSetup: '<rootDir>/jest/server-setup.js',
    globalTeardown: '<rootDir>/jest/server-teardown.js',
  },
  'no-text-encoding': { ...jsdom, testMatch: ['<rootDir>/jest/no-text-encoding.test.js'], setupFiles: [] },
};

export default projects[process.env.JEST_PROJECT];
