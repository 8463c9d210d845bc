import { defineConfig } from 'vitest/config'

// Scripts are watched while they run and are sent signals; on a machine that does something else, too, that may come
// late. A second try shows in the report.
const retry = process.env['CI'] ? 1 : 0

/** Tests that run scripts, look at them, or read all of the corpus: not what one waits for at each step. */
const SCRIPTS = [
  'alias',
  'check-registry',
  'cli',
  'corpus',
  'daemon-json',
  'deploy',
  'fuzz',
  'load',
  'network',
  'origins',
  'pool',
  'registry-client',
  'relay-images',
  'retry',
  'save',
  'scan',
  'scripts',
  'setup-mirror',
  'shell',
  'shellcheck',
  'test-build',
  'test-deployment',
  'workflow-steps',
  'workflows',
].map(name => `test/${name}.test.ts`)
const quick = { isolate: false, retry }

export default defineConfig({
  test: {
    // Most of the time goes to programs that tests wait for, and to loading modules for each file anew.
    pool: 'forks',
    maxWorkers: 3,
    minWorkers: 2,
    isolate: false,
    projects: [
      {
        test: { ...quick, testTimeout: 30_000, name: 'unit', include: ['test/*.test.ts'], exclude: SCRIPTS },
      },
      // Many scripts run at once, so that each of them takes long on a small machine.
      { test: { ...quick, testTimeout: 180_000, name: 'scripts', include: SCRIPTS } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          poolOptions: { forks: { singleFork: true } },
        },
      },
    ],
  },
})
