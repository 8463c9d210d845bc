import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PARTS, SCRIPTS, SHELLCHECK, stepFiles } from './emitted.ts'

/** By itself: the program works with one core, and these tests wait for it. */
const folder = mkdtempSync(join(tmpdir(), 'relay-shellcheck-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(SHELLCHECK === null)('shellcheck', () => {
  let shellcheck: typeof import('shellcheck')['shellcheck']

  // The package downloads a binary unless it is given one that it may write: it gets a copy of the system's.
  beforeAll(async () => {
    const bin = join(folder, 'shellcheck')
    copyFileSync(SHELLCHECK ?? '', bin)
    process.env['SHELLCHECKJS_BIN'] = bin
    process.env['SHELLCHECKJS_LOGGER_LEVEL'] = 'error'
    ;({ shellcheck } = await import('shellcheck'))
  })

  const findings = async (...args: readonly string[]) => {
    const { stdout, stderr, status } = await shellcheck({ args: ['--norc', '--shell=bash', ...args] })
    return { status, findings: `${stdout}${stderr}` }
  }
  const nothing = { status: 0, findings: '' }

  // One at a time: it blocks the worker, which has to say now and then that it lives.
  test.each(SCRIPTS.map(file => [basename(file), file] as const))(
    'finds nothing in %s',
    async (_, file) => expect(await findings(file)).toEqual(nothing),
    120_000,
  )

  // What one part sets and another one uses is seen only where they stand together.
  test('finds nothing in the parts', async () => {
    expect(await findings('--exclude=SC2034,SC2153,SC2154', ...PARTS)).toEqual(nothing)
  })

  test('finds nothing in the steps of workflows', async () => {
    const steps = stepFiles(folder)
    expect(steps.length).toBeGreaterThan(8)
    // Names in capitals that nothing sets are the environment of the step.
    expect(await findings('--exclude=SC2153,SC2154', ...steps)).toEqual(nothing)
  })

  test('would find something', async () => {
    const file = join(folder, 'bad.sh')
    writeFileSync(file, '#!/bin/bash\nrm $1\n')
    expect((await findings(file)).findings).toContain('SC2086')
  })
})
