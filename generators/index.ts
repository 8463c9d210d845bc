import { alias } from './alias.ts'
import { checkRegistry } from './check-registry.ts'
import type { Generator } from './core/generator.ts'
import { deploy } from './deploy.ts'
import { imageSyncer } from './image-syncer.ts'
import { images } from './images.ts'
import { load } from './load.ts'
import { mirrorCompose } from './mirror-compose.ts'
import { override } from './override.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { readme } from './readme.ts'
import { regsync } from './regsync.ts'
import { relayImages } from './relay-images.ts'
import { save } from './save.ts'
import { setupMirror } from './setup-mirror.ts'
import { skopeoSync } from './skopeo-sync.ts'
import { testBuild } from './test-build.ts'
import { testDeployment } from './test-deployment.ts'
import { workflows } from './workflows.ts'

/** Every output, in the order in which people use them. */
export const GENERATORS: readonly Generator[] = [
  pull,
  push,
  mirrorCompose,
  alias,
  images,
  readme,
  override,
  checkRegistry,
  relayImages,
  save,
  load,
  deploy,
  setupMirror,
  testBuild,
  testDeployment,
  workflows,
  imageSyncer,
  regsync,
  skopeoSync,
]
