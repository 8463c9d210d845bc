import { describe, expect, it } from 'vitest'
import { formatReference } from '../generators/core/reference.ts'
import { renameByPlan } from '../generators/core/rename.ts'
import { images as imagesTable } from '../generators/images.ts'
import { listImages } from '../generators/list.ts'
import { mirrorCompose } from '../generators/mirror-compose.ts'
import { override } from '../generators/override.ts'
import { pull } from '../generators/pull.ts'
import { push } from '../generators/push.ts'
import { type Choices, plan, refusalsOf, TARGET } from './project.ts'

const relay = (text: string, choices: Choices = {}) => plan(text, { built: 'relay', ...choices })

/** The targets of what is built, by the services that build it. */
function builds(text: string, choices: Choices = {}) {
  return relay(text, choices).builds.map(({ services, to }) => [services.join(), formatReference(to)])
}

const mirror = (text: string, choices: Choices = {}) => mirrorCompose.files(relay(text, choices))[0]?.content

describe('built: relay', () => {
  it('relays a build under the name of its image, or of its service', () => {
    const text = `services:
  web: { build: web, image: me/web:2 }
  api: { build: api }
  job: { image: "me/web:2" }
  db: { image: postgres }
`
    expect(builds(text)).toEqual([
      ['api', `${TARGET}/api:latest`],
      ['web', `${TARGET}/me-web:2`],
    ])
  })

  it('without it, relays what a line of images: names', () => {
    const images = new Map([['docker.io/me/web', 'site']])
    const text = 'services: { web: { build: ., image: me/web }, api: { build: ., image: me/api } }\n'
    expect(builds(text, { built: 'keep', images })).toEqual([['web', `${TARGET}/site:latest`]])
  })

  it('leaves alone what is ignored', () => {
    expect(builds('services: { web: { build: ., image: me/web } }\n', { ignore: 'me/web\n' })).toEqual([])
  })

  it('neither pulls nor pushes it by script, for only its build makes it', () => {
    const planned = relay('services: { web: { build: . }, db: { image: postgres } }\n')
    for (const { content } of [pull, push].flatMap(generator => generator.files(planned)))
      expect(content.match(/^ {2}image .*/gm)?.filter(line => !line.includes('postgres'))).toEqual([])
  })

  it('is listed with its target, as a build', () => {
    const planned = relay('services: { web: { build: ., image: me/web }, api: { build: . } }\n')
    expect(listImages(planned.selection, planned)).toMatchObject([
      { source: 'me/web', target: `${TARGET}/me-web:latest`, state: 'relay', kind: 'build' },
      { source: null, target: `${TARGET}/api:latest`, state: 'relay', kind: 'build', services: ['api'] },
    ])
    expect(imagesTable.files(planned)[0]?.content.split('\n').slice(1, -1)).toEqual([
      `-\t${TARGET}/api:latest\tlinux/amd64\tbuilt\tapi`,
      `me/web:latest\t${TARGET}/me-web:latest\tlinux/amd64\tbuilt\tweb`,
    ])
  })
})

describe('what is refused, with place and cure', () => {
  it.each([
    [
      'a service whose name is none of an image',
      'services: { Web: { build: . } }\n',
      'compose.yaml:1:13: services.Web: it is built and has no image, and "Web" is no name for one: ',
    ],
    [
      'a service that is called like an image',
      'services: { nginx: { build: . }, web: { image: nginx } }\n',
      `compose.yaml:1:13: services.nginx: "services.nginx" and "nginx:latest" would both be ${TARGET}/nginx:latest: give the service another "image:"`,
    ],
    [
      'one image of two builds',
      'services: { a: { build: a, image: me/x }, b: { build: b, image: me/x } }\n',
      'compose.yaml:1:55: services.b.build: "me/x" is built otherwise by services.a: give each service its own "image:"',
    ],
    [
      'one image of two builds that are not on this machine',
      'services: { a: { build: "https://x/a.git", image: x }, b: { build: "https://x/b.git", image: x } }\n',
      'services.b.build: "x" is built otherwise by services.a',
    ],
    [
      'one image for two platforms',
      'services: { a: { build: ., image: me/x }, b: { build: ., image: me/x, platform: linux/arm64 } }\n',
      'compose.yaml:1:55: services.b.platform: "me/x" is built for linux/arm64 here and for linux/amd64 by services.a: give each service its own "image:"',
    ],
  ])('%s', (_, text, expected) => {
    expect(refusalsOf(() => relay(text)).join('\n')).toContain(expected)
  })

  it('one image that two services build in one way is one', () => {
    const text = 'services: { b: { build: ., image: me/x }, a: { build: { context: ./ }, image: me/x } }\n'
    expect(builds(text)).toEqual([['a,b', `${TARGET}/me-x:latest`]])
  })
})

describe('the mirror gives a build without image its target', () => {
  const IMAGE = `image: ${TARGET}/web:latest`

  it.each([
    ['in a mapping', '  web:\n    build: .\n', `  web:\n    ${IMAGE}\n    build: .\n`],
    [
      'before a comment that is not its own',
      '  web: # w\n    # b\n    build: . # c\n    ports: [80]\n',
      `  web: # w\n    # b\n    ${IMAGE}\n    build: . # c\n    ports: [80]\n`,
    ],
    ['with CRLF', '  web:\r\n    build: .\r\n', `  web:\r\n    ${IMAGE}\r\n    build: .\r\n`],
    ['in brackets', '  web: { build: . }\n', `  web: { image: "${TARGET}/web:latest", build: . }\n`],
    [
      'before a merge key',
      '  a: { image: a }\n  web:\n    <<: &b { build: . }\n',
      `  a: { image: ${TARGET}/a:latest }\n  web:\n    ${IMAGE}\n    <<: &b { build: . }\n`,
    ],
    [
      'behind an anchor',
      '  web: &w\n    build: .\n  b:\n    <<: *w\n    image: b\n',
      `  web: &w\n    ${IMAGE}\n    build: .\n  b:\n    <<: *w\n    image: ${TARGET}/b:latest\n`,
    ],
    [
      'where it extends another one',
      '  web:\n    extends: { service: base }\n  base:\n    build: .\n',
      `  web:\n    ${IMAGE}\n    extends: { service: base }\n  base:\n    image: ${TARGET}/base:latest\n    build: .\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(mirror(`services:\n${before}`)).toBe(`services:\n${after}`)
  })

  it.each([
    ['an alias', 'x-w: &w { build: . }\nservices: { web: *w }\n', '2:13'],
    ['an image that says nothing', 'services: { web: { build: ., image: "" } }\n', '1:13'],
  ])('and refuses %s', (_, text, place) => {
    expect(refusalsOf(() => mirror(text))).toEqual([
      `compose.yaml:${place}: services.web: it is built and has no image, and none can be written into it: give the service an "image:", such as web`,
    ])
  })

  it('in one file of all, and in the file of images alone', () => {
    const text = 'services: { web: { build: . } }\n'
    expect(mirror(text, { merged: true })).toContain(`  web:\n    ${IMAGE}\n    build: .\n`)
    expect(override.files(relay(text))[0]?.content).toContain(`services:\n  web:\n    ${IMAGE}\n`)
  })

  it('and an image that it has is renamed wherever it stands', () => {
    const planned = relay('services: { web: { build: ., image: "me/web:${V:-2}" } }\n')
    expect(mirrorCompose.files(planned)[0]?.content).toBe(
      `services: { web: { build: ., image: "${TARGET}/me-web:\${V:-2}" } }\n`,
    )
    expect(planned.project.services.map(({ image }) => image && renameByPlan(planned)(image))).toHaveLength(1)
  })
})
