import { describe, expect, it } from 'vitest'
import { parseIgnoreFile } from '../generators/core/ignore.ts'
import { formatProblem } from '../generators/core/problem.ts'
import { composeWith, image, refusalsOf, select } from './project.ts'

function patterns(text: string): string[] {
  return parseIgnoreFile(text, 'ignore-images.txt').map(({ text, at }) => `${at.line}:${at.column} ${text}`)
}

describe('parseIgnoreFile', () => {
  it.each([
    ['', []],
    ['nginx', ['1:1 nginx']],
    ['nginx\n', ['1:1 nginx']],
    ['nginx\r\nredis:7\r\n', ['1:1 nginx', '2:1 redis:7']],
    ['nginx\rredis', ['1:1 nginx', '2:1 redis']],
    ['\ufeffnginx\nredis', ['1:1 nginx', '2:1 redis']],
    ['\ufeff# comment\n', []],
    ['# comment\n\n \t \n  # comment\n#nginx', []],
    ['nginx # why\n', ['1:1 nginx']],
    ['nginx\t#why', ['1:1 nginx']],
    ['  nginx  ', ['1:3 nginx']],
    ['\tnginx', ['1:2 nginx']],
    ['*/vastbase*\nghcr.io/a/b:1.?', ['1:1 */vastbase*', '2:1 ghcr.io/a/b:1.?']],
    ['nginx\nnginx', ['1:1 nginx', '2:1 nginx']],
  ])('reads %j', (text, expected) => {
    expect(patterns(text)).toEqual(expected)
  })

  it('names every line that is no pattern', () => {
    const text = '\ufeffnginx#c\r\nredis\r\n  $(touch pwned)\r\nFoo/Bar/*\r\nFoo\r\na b\r\n'
    expect(refusalsOf(() => patterns(text))).toEqual([
      'ignore-images.txt:1:1: not an image pattern: "nginx#c": write an image name; * and ? match anything',
      'ignore-images.txt:3:3: not an image pattern: "$(touch pwned)": write an image name; * and ? match anything',
      'ignore-images.txt:5:1: not an image reference: "Foo": repository names are lower case: write "foo" for "Foo"',
      'ignore-images.txt:6:1: not an image pattern: "a b": write an image name; * and ? match anything',
    ])
  })

  it('shows what hides in a line', () => {
    expect(refusalsOf(() => patterns('ngi\u202enx\u0007'))).toEqual([
      'ignore-images.txt:1:1: not an image pattern: "ngi\\u{202e}nx\\u{7}": write an image name; * and ? match anything',
    ])
  })

  it('matches what its pattern means', () => {
    const [line] = parseIgnoreFile('vastdata/*', 'ignore-images.txt')
    expect(line?.matches(image('vastdata/vastbase-vector'))).toBe(true)
    expect(line?.matches(image('nginx'))).toBe(false)
  })
})

describe('an ignore file and a project', () => {
  const project = composeWith(['nginx:1', 'redis:7', 'vastdata/vastbase-vector'])

  it('warns of patterns that hit nothing, with their place', () => {
    const { warnings } = select(project, '# old\nmysql\nnginx\nvast*\nredis:8\n')
    expect(warnings.map(formatProblem)).toEqual([
      'ignore-images.txt:2:1: no image of the project matches "mysql": remove the line if it is old',
      'ignore-images.txt:5:1: no image of the project matches "redis:8": remove the line if it is old',
    ])
  })

  it('ignores exactly what its patterns hit', () => {
    const { images } = select(project, 'nginx\nvast*\n')
    expect(images.map(({ source, state }) => [source, state])).toEqual([
      ['nginx:1', 'ignored'],
      ['redis:7', 'relay'],
      ['vastdata/vastbase-vector', 'ignored'],
    ])
  })
})
