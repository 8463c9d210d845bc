import { defineConfig } from 'vitest/config'

// Scripts are watched while they run and are sent signals; on a machine that does something else, too, that may come
// late. A second try shows in the report.
const retry = process.env['CI'] ? 1 : 0

export default defineConfig({
  test: {
    // Most of the time goes to programs that tests wait for, and to loading modules for each file anew.
    pool: 'forks',
    maxWorkers: 3,
    minWorkers: 2,
    isolate: false,
    projects: [
      { test: { name: 'unit', include: ['test/*.test.ts'], testTimeout: 30_000, isolate: false, retry } },
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
