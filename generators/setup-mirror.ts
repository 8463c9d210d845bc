import { word } from './core/bash.ts'
import { type Generator, script } from './core/generator.ts'
import { KNOWN_ACCELERATORS } from './core/mirror-address.ts'

export const setupMirror: Generator = {
  name: 'setup-mirror',
  summary: 'the script that lets the engine of a host ask mirrors of Docker Hub that work',
  usual: ({ accelerators }) => accelerators.length > 0,
  files: plan => {
    const accelerators = plan.accelerators.length > 0 ? plan.accelerators : KNOWN_ACCELERATORS
    return [script(plan, NAME, { accelerators: accelerators.map(word) })]
  },
}

export const SETUP_MIRROR_SCRIPT = 'setup-docker-mirror.sh'

const NAME = {
  path: SETUP_MIRROR_SCRIPT,
  template: SETUP_MIRROR_SCRIPT,
  summary: 'lets the container engine of this host ask mirrors of Docker Hub, those that work',
}
