import { expect, test } from 'vitest'
import { isOld } from '../generators/core/deploy-engine.ts'

test.each<[string, boolean]>([
  ['docker 19.03', true],
  ['docker 20.10.24', true],
  ['docker 22.99', true],
  ['docker 23.0', false],
  ['docker 28.5.2', false],
  ['containerd 1.4.13', true],
  ['containerd 1.5', false],
  ['containerd 2.0', false],
  ['podman 1.6', false],
])('%s: %s', (engine, old) => {
  expect(isOld(engine)).toBe(old)
})
