import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fuel } from '../generators/core/dockerfile/fuel.ts'
import {
  type BuildInput,
  type DockerfileReading,
  readDockerfile,
} from '../generators/core/dockerfile/read.ts'
import { expand, shellWords } from '../generators/core/dockerfile/shell-words.ts'
import { Invalid } from '../generators/core/problem.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const INPUT: BuildInput = { args: new Map(), target: null, platform: 'linux/amd64', contexts: new Set() }

function read(text: string, input: Partial<BuildInput> = {}): DockerfileReading {
  return readDockerfile(text, { ...INPUT, ...input })
}

/** Such as `node:18, copy busybox, x for linux/arm64`. */
function shown({ images }: DockerfileReading, platform = INPUT.platform): string {
  return images
    .map(image => {
      const kind = image.kind === 'from' ? '' : `${image.kind} `
      return kind + image.image + (image.platform === platform ? '' : ` for ${image.platform}`)
    })
    .join(', ')
}

type Row = readonly [text: string, images: string, input?: Partial<BuildInput>]

// Every row is what BuildKit's frontend answers (moby/buildkit @73ed6825, Dockerfile2LLB with a resolver that records).
const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'instructions, names, line ends': [
    ['FROM node\n', 'node'],
    ['FROM node', 'node'],
    ['FROM node:18\n', 'node:18'],
    ['FROM localhost:5000/a/b:1\n', 'localhost:5000/a/b:1'],
    ['FROM r.example:5000/a\n', 'r.example:5000/a'],
    ['from node as b\nfrom b\n', 'node'],
    ['From node As B\nFROM b\n', 'node'],
    ['FROM node AS Build\nFROM a\nCOPY --from=BUILD /a /b\n', 'node, a'],
    [
      'FROM --platform=$BUILDPLATFORM golang:1 AS b\nFROM --platform=linux/arm64 x\n',
      'golang:1, x for linux/arm64',
    ],
    ['FROM --platform=$TARGETPLATFORM golang\n', 'golang', { platform: 'linux/arm64/v8' }],
    ['FROM --platform="linux/arm/v7" a\n', 'a for linux/arm/v7'],
    ['FROM "node:18"\n', 'node:18'],
    ['FROM node\\:18\n', 'node:18'],
    ['FROM a AS b\r\nRUN x \\\r\n y\r\nFROM b\r\nCOPY --from=c a b\r\n', 'a, copy c'],
    ['\ufeffFROM a\n', 'a'],
    ['\ufeffARG A=1\nFROM a:$A\n', 'a:1'],
    ['\tFROM\ta\tAS\tb\n\tFROM\tb\n', 'a'],
    ['FROM a   \t\n', 'a'],
    ['# FROM x\nFROM a\n # FROM y\n', 'a'],
    [`FROM node@${DIGEST}\n`, `node@${DIGEST}`],
    [`FROM node:18@${DIGEST}\n`, `node:18@${DIGEST}`],
  ],
  'variables of ARG': [
    ['ARG V=18\nFROM node:$V\n', 'node:18'],
    ['ARG V=18\nFROM node:$V\n', 'node:20', { args: new Map([['V', '20']]) }],
    ['ARG V\nFROM node:$V\n', 'node:1', { args: new Map([['V', '1']]) }],
    ['ARG V=18\nFROM node:${V}\n', 'node:18'],
    ['FROM ${A:-b}\n', 'b'],
    ['FROM ${A-b}\n', 'b'],
    ['ARG A=\nFROM ${A-b}x\n', 'x'],
    ['ARG A=\nFROM ${A:-b}x\n', 'bx'],
    ['ARG A=1\nFROM a${A:+b}\n', 'ab'],
    ['FROM a${A+b}\n', 'a'],
    ['ARG B=x\nFROM ${A:-${B:-c}}\n', 'x'],
    ['ARG A=v1.2.3\nFROM a:${A#v}\n', 'a:1.2.3'],
    ['ARG A=1.2.3\nFROM a:${A%.*}\n', 'a:1.2'],
    ['ARG A=1.2.3\nFROM a:${A%%.*}\n', 'a:1'],
    ['ARG A=x-y-z\nFROM a:${A##*-}\n', 'a:z'],
    ['ARG A=1.2.3\nFROM a:${A/./-}\n', 'a:1-2.3'],
    ['ARG A=1.2.3\nFROM a:${A//./-}\n', 'a:1-2-3'],
    ['ARG A="node:18"\nFROM $A\n', 'node:18'],
    ["ARG A='node:18'\nFROM $A\n", 'node:18'],
    ['ARG R=r.io\nARG I=$R/x\nFROM $I:1\n', 'r.io/x:1'],
    ['ARG A=1 B=2\nFROM a:$A-$B\n', 'a:1-2'],
    ['ARG A=1 \\\n    B=2\nFROM a:$A-$B\n', 'a:1-2'],
    ['ARG A=a\nARG A=${A}b\nFROM $A\n', 'ab'],
  ],
  'variables without ARG': [
    ['FROM node:$TARGETARCH\n', 'node:amd64'],
    ['FROM a:x$TARGETVARIANT\n', 'a:xv7', { platform: 'linux/arm/v7' }],
    ['FROM a-$TARGETOS:$BUILDARCH\n', 'a-linux:amd64'],
    ['FROM a:$TARGETSTAGE\n', 'a:default'],
    ['ARG TARGETARCH\nFROM a:$TARGETARCH\n', 'a:amd64'],
    ['ARG TARGETARCH=z\nFROM a:$TARGETARCH\n', 'a:z'],
  ],
  continuations: [
    ['FROM \\\n  node:18\n', 'node:18'],
    ['FROM no\\\nde:18\n', 'node:18'],
    ['FROM \\\n# c\n\n   # d\n node\n', 'node'],
    ['FROM a\nRUN x \\\n\n\n y\nCOPY --from=b /a /b\n', 'a, copy b'],
    ['FROM a\nRUN x \\\\\nCOPY --from=b /a /b\n', 'a, copy b'],
    ['FROM a \\ \t\nAS b\nFROM b', 'a'],
    ['FROM a\nRUN x \\', 'a'],
    ['FR\\\nOM a\n', 'a'],
  ],
  'the escape directive': [
    ['# escape=`\nFROM a`\n AS b\nRUN x \\\nCOPY --from=c /a /b\n', 'a, copy c'],
    ['#escape=`\nFROM `\na\n', 'a'],
    ['# escape=`\r\nFROM `\r\na\r\n', 'a'],
    ['FROM x\n# escape=`\nRUN a `\nCOPY --from=c a b\n', 'x, copy c'],
    ['\n# escape=`\nFROM x\nRUN a `\nCOPY --from=c a b\n', 'x, copy c'],
  ],
  'the syntax directive': [
    ['# syntax=docker/dockerfile:1\nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['#  SYNTAX = docker/dockerfile:1  \nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['# c\n# syntax=docker/dockerfile:1\nFROM a\n', 'a'],
    ['\ufeff# syntax=docker/dockerfile:1\nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['# syntax=docker/dockerfile:1\n# escape=`\nFROM `\na\n', 'syntax docker/dockerfile:1, a'],
    ['# check=skip=all\n# syntax=docker/dockerfile:1\nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['#!/usr/bin/env x\n# syntax=docker/dockerfile:1\nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['# syntax=docker/dockerfile:1\r\nFROM a\r\n', 'syntax docker/dockerfile:1, a'],
    ['# syntax=docker/dockerfile:1 x y\nFROM a\n', 'syntax docker/dockerfile:1, a'],
    ['  # syntax=docker/dockerfile:1\nFROM a\n', 'a'],
    ['# syntax=x\nFROM a', 'syntax y:1, a', { args: new Map([['BUILDKIT_SYNTAX', 'y:1 z']]) }],
  ],
  scratch: [
    ['FROM scratch\n', ''],
    ['ARG A=scratch\nFROM $A\n', ''],
    ['FROM a\nCOPY --from=scratch a b\n', 'a'],
  ],
  'stages by name and number': [
    ['FROM a\nFROM b\nCOPY --from=0 a b\n', 'a, b'],
    ['FROM a\nFROM 0\n', 'a, 0'],
    ['FROM a AS s\nFROM b AS s\nFROM s\nCOPY --from=s a b\n', 'a, b'],
    ['FROM node AS node\nFROM node\n', 'node'],
  ],
  'COPY --from': [
    ['FROM a\nCOPY --from=ghcr.io/x/y:1 /a /b\n', 'a, copy ghcr.io/x/y:1'],
    ['FROM a\nCOPY --chown=1:1 --from=x --link /a /b\n', 'a, copy x'],
    ['FROM a\nCOPY --from="x:1" /a /b\n', 'a, copy x:1'],
    ['FROM a\nCOPY --from=x ["a","b"]\n', 'a, copy x'],
    ['FROM a\nCOPY \\\n --from=x \\\n a b\n', 'a, copy x'],
    ['FROM a\nCOPY a --from=x b\n', 'a'],
    ['FROM a\nCOPY -- --from=x b\n', 'a'],
    ['FROM a\nCOPY --from= a b\n', 'a'],
    ['from a\ncopy --from=x a b\n', 'a, copy x'],
  ],
  'RUN --mount': [
    ['FROM a\nRUN --mount=type=bind,from=x:1,target=/x y\n', 'a, mount x:1'],
    ['FROM a\nRUN --mount="type=bind,from=x,target=/x" y\n', 'a, mount x'],
    ['FROM a\nRUN --mount=type=bind,from="x",target=/x y\n', 'a, mount x'],
    ['FROM a\nRUN --mount=\'type=bind,"from=x",target=/x\' y\n', 'a, mount x'],
    [
      'FROM a AS s\nRUN --mount=type=cache,target=/c,from=q --mount=from=s2,target=/x y\n',
      'a, mount q, mount s2',
    ],
    ['FROM a AS s\nFROM b\nRUN --mount=from=S,target=/x y\n', 'a, b'],
    ['FROM a\nFROM b\nRUN --mount=from=0,target=/x y\n', 'a, b, mount 0'],
    ['FROM a\nRUN --mount=FROM=x,Target=/x y\n', 'a, mount x'],
    ['FROM a\nRUN --mount=from=x,target=/x <<EOF\nCOPY --from=no a b\nEOF\n', 'a, mount x'],
    ['FROM a\nRUN --mount=from=x,target=/x ["a"]\n', 'a, mount x'],
    [
      'FROM a\nRUN --mount=type=bind,from=x,target=/x \\\n --mount=type=bind,from=y,target=/y \\\n z\n',
      'a, mount x, mount y',
    ],
    ['FROM a\nRUN --mount=type=cache,target=/x z\n', 'a'],
  ],
  ONBUILD: [
    ['FROM a AS s\nONBUILD COPY --from=x a b\nFROM s\n', 'a, copy x'],
    ['FROM a AS s\nONBUILD COPY --from=x a b\n', 'a'],
    ['FROM a AS s\nONBUILD COPY --from=x a b\nFROM b\n', 'a, b'],
    ['FROM a AS s\nonbuild run --mount=from=x,target=/x y\nFROM s\n', 'a, mount x'],
    ['FROM a AS s\nONBUILD RUN <<EOF\nFROM q\nEOF\nFROM s\n', 'a'],
  ],
  'here-documents': [
    ['FROM a\nRUN <<EOF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nCOPY <<"EOF" /x\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ["FROM a\nRUN <<'EOF' cat\nFROM x\nEOF\nCOPY --from=b a b\n", 'a, copy b'],
    ['FROM a\nRUN <<-EOF\n\tFROM x\n\tEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN <<EOF\nFROM x\n\tEOF\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nCOPY <<A <<B /d\nFROM x\nA\nFROM y\nB\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat 3<<EOF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat << EOF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat <<EOF > /x\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat <<EOF>/x\nFROM x\nEOF>/x\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat<<EOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN echo "<<EOF"\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat <<<EOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN echo $((1<<2))\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN ["<<EOF"]\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN cat \\\n <<EOF\nFROM x \\\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN <<EOF\n# EOF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\r\nRUN <<EOF\r\nFROM x\r\nEOF\r\nCOPY --from=b a b\r\n', 'a, copy b'],
    ['FROM a\nRUN <<EOF\nFROM x\nEOF', 'a'],
    ['FROM a\nRUN <<-A cat <<B\nx\n\tA\n\tB\nFROM z\nB\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nENV A=<<EOF\nCOPY --from=b a b\n', 'a, copy b'],
    ["FROM a\nRUN echo it's <<EOF\nCOPY --from=b a b\n", 'a, copy b'],
    ['FROM a\nRUN cat <<E\\OF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN <<EOF\n\nEOF\n', 'a'],
    ['FROM a\nRUN <<EOF\nFROM x\nEOF \nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN <<$X\nFROM x\n$X\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nrun <<EOF\nFROM x\nEOF\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nRUN x${X:-y}<<${X:-y}\nCOPY --from=b a b\n', 'a, copy b'],
    ['FROM a\nADD <<A /x\nA\nRUN <<""\nCOPY --from=b a b\n', 'a, copy b'],
  ],
  'a target': [
    ['FROM a AS s\nFROM b AS t\nCOPY --from=c a b\nFROM s AS u\n', 'b, copy c', { target: 't' }],
    [
      'FROM a AS s\nCOPY --from=z a b\nFROM b AS t\nCOPY --from=s a b\nFROM q AS u\n',
      'a, copy z, b',
      { target: 'T' },
    ],
  ],
  'additional contexts': [
    ['FROM node:18\n', '', { contexts: new Set(['node:18']) }],
    ['FROM node\n', '', { contexts: new Set(['node']) }],
    ['FROM docker.io/library/node:latest\n', '', { contexts: new Set(['node']) }],
    ['FROM node AS s\nFROM s\n', '', { contexts: new Set(['s']) }],
    ['FROM a\nCOPY --from=lib a b\n', 'a', { contexts: new Set(['lib']) }],
    ['FROM a\nRUN --mount=from=lib,target=/x y\n', 'a', { contexts: new Set(['lib']) }],
    ['FROM node AS s\nCOPY --from=q a b\nFROM s\n', 'copy q', { contexts: new Set(['s']) }],
    ['FROM node AS s\nFROM a\nCOPY --from=s a b\nCOPY --from=0 a b\n', 'a', { contexts: new Set(['s']) }],
    ['FROM a\nCOPY --from=s a b\nFROM b AS s\n', 'a', { contexts: new Set(['s']) }],
    ['FROM b AS s\nFROM s\n', '', { contexts: new Set(['docker.io/library/s:latest']) }],
  ],
}

for (const [title, rows] of Object.entries(TABLES)) {
  describe(title, () => {
    for (const [text, images, input = {}] of rows) {
      const check = (variant: string) => {
        const reading = read(variant, input)
        expect(reading.problems).toEqual([])
        expect(shown(reading, input.platform)).toBe(images)
      }
      it(`${JSON.stringify(text)}: ${images}`, () => check(text))

      it(`${JSON.stringify(text)} with CRLF, with a byte order mark, without its last line end`, () => {
        check(text.replace(/\r?\n/g, '\r\n'))
        check(`\ufeff${text.replace(/^\ufeff/, '')}`)
        check(text.replace(/\n$/, ''))
      })
    }
  })
}

describe('problems: what BuildKit refuses, and what else is there', () => {
  const rows: readonly (readonly [text: string, first: string, cure: string | null, images: string])[] = [
    [
      'FROM node AS Build\nFROM Build\n',
      '2:6: FROM: not an image reference: "Build": repository names are lower case',
      'write "build" for "Build"',
      'node',
    ],
    [
      'ARG V\nFROM node:$V\n',
      '2:6: FROM: not an image reference: "node:": the tag is empty',
      'V has no value here: write ARG V=… before the first FROM, or give a build argument to an ARG there',
      '',
    ],
    [
      'FROM a\nARG V=1\nFROM node:$V\n',
      '3:6: FROM: not an image reference: "node:": the tag is empty',
      'V has no value here: write ARG V=… before the first FROM, or give a build argument to an ARG there',
      'a',
    ],
    [
      'FROM ${A:?no A}\n',
      '1:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      '',
    ],
    [
      'ARG A=a\nFROM ${A:?no A}\n',
      '2:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      '',
    ],
    ['FROM \\$A\n', '1:6: FROM: not an image reference: "$A": "$" has no place in it', null, ''],
    ['# escape=x\nFROM a\n', '1:1: not an escape character: "x"', 'it is ` or \\', 'a'],
    ['# escape=`\n# escape=`\nFROM a\n', '2:1: a second escape directive', 'remove it', 'a'],
    [
      '// syntax=docker/dockerfile:1\nFROM a\n',
      '1:1: unknown instruction: "//"',
      'did you mean ADD?',
      'syntax docker/dockerfile:1, a',
    ],
    [
      'FROM a\rRUN x\r',
      '1:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      'a',
    ],
    [
      '# FROM x\nFROM a # b\n',
      '2:1: FROM: it takes an image, or an image, AS and a name',
      'a comment stands on a line of its own',
      'a',
    ],
    [
      'FROM Scratch\n',
      '1:6: FROM: not an image reference: "Scratch": repository names are lower case',
      'write "scratch" for "Scratch"',
      '',
    ],
    ['FROM a\nCOPY --from=3 a b\n', '2:13: COPY: there is no stage 3', 'stages are 0 to 0', 'a'],
    [
      'FROM a AS s\nCOPY --from=s a b\n',
      '2:13: COPY: stage "s" is this one',
      'name another stage, or an image with its tag',
      'a',
    ],
    [
      'FROM a\nCOPY --from=s a b\nFROM b AS s\n',
      '2:13: COPY: stage "s" comes later',
      'move it up, or write the tag of an image',
      'a, b',
    ],
    [
      'FROM a AS 1x\n',
      '1:1: FROM: not a name of a stage: "1x"',
      'a letter, then letters, digits, "-", "_", "."',
      'a',
    ],
    [
      'FROM a b\n',
      '1:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      'a',
    ],
    [
      'ARG X=x\nFROM a\nARG X\nCOPY --from=$X /a /b\n',
      '4:13: COPY: from= takes no variables: "$X"',
      'write FROM $X AS name further up, and from=name',
      'a',
    ],
    ['FROM a\nADD --from=x a b\n', '2:1: ADD: it has no --from', 'write COPY --from=…', 'a'],
    ['FROM a\nCOPY --from x a b\n', '2:1: COPY: --from has no value', 'write --from=…', 'a'],
    [
      'ARG X=x\nFROM a\nRUN --mount=from=$X,target=/x y\n',
      '3:18: RUN: from= takes no variables: "$X"',
      'write FROM $X AS name further up, and from=name',
      'a',
    ],
    ['FROM a\nONBUILD FROM b\n', '2:1: ONBUILD: FROM cannot stand behind it', null, 'a'],
    [
      'FROM a\nRUN <<EOF\nFROM x\n',
      '2:1: no line "EOF" ends the here-document',
      'write EOF alone on a line',
      'a',
    ],
    ['', '1:1: it has no FROM', 'begin with FROM and an image, or name another file', ''],
    ['\n\n', '1:1: it has no FROM', 'begin with FROM and an image, or name another file', ''],
    ['# a\n', '1:1: it has no FROM', 'begin with FROM and an image, or name another file', ''],
    ['ARG A=1\n', '1:1: it has no FROM', 'begin with FROM and an image, or name another file', ''],
    ['hello world\nfoo\n', '1:1: unknown instruction: "HELLO"', 'did you mean SHELL?', ''],
    ['FROM a\nFORM b\n', '2:1: unknown instruction: "FORM"', 'did you mean FROM?', 'a'],
    ['RUN x\nFROM a\n', '1:1: RUN: no FROM comes before it', 'only ARG may stand before the first FROM', 'a'],
    [
      'FROM Node:18\n',
      '1:6: FROM: not an image reference: "Node:18": repository names are lower case',
      'write "node" for "Node"',
      '',
    ],
    [
      'FROM node:\n',
      '1:6: FROM: not an image reference: "node:": the tag is empty',
      'write a tag after the ":"',
      '',
    ],
    [
      'FROM https://x/y\n',
      '1:6: FROM: not an image reference: "https://x/y": it is a URL',
      'write it without "https://"',
      '',
    ],
    [
      'FROM\n',
      '1:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      '',
    ],
    [
      'FROM --platform=linux/amd64\n',
      '1:1: FROM: it takes an image, or an image, AS and a name',
      'write FROM image, or FROM image AS name',
      '',
    ],
    ['FROM ${A\n', '1:6: not a variable: "${A"', 'after ${A comes "}" or one of :- - :+ + :? ? # % /', ''],
    ['FROM ${}\n', '1:6: not a variable: "${}"', null, ''],
    ['FROM a$\n', '1:6: FROM: not an image reference: "a$": "$" has no place in it', null, ''],
    [
      'FROM a\nFORM b\nCOPY --from=c a b\nFROM D\n',
      '2:1: unknown instruction: "FORM"',
      'did you mean FROM?',
      'a, copy c',
    ],
    [
      'FROM a AS s\nONBUILD COPY --from=B a b\nFROM s',
      '2:21: COPY: not an image reference: "B": repository names are lower case',
      'write "b" for "B"',
      'a',
    ],
    [
      'FROM a:$A$B\n',
      '1:6: FROM: not an image reference: "a:": the tag is empty',
      'A, B have no value here: write ARG A=… ARG B=… before the first FROM, or give a build argument to an ARG there',
      '',
    ],
    [
      'FROM $A\n',
      '1:6: FROM: "$A" is empty',
      'A has no value here: write ARG A=… before the first FROM, or give a build argument to an ARG there',
      '',
    ],
    ['FROM ${A:?x}\n', '1:6: A has no value: x', 'give the build argument A', ''],
    [
      'FROM --platform=$A a\n',
      '1:17: not a platform: ""',
      'A has no value here: write ARG A=… before the first FROM, or give a build argument to an ARG there',
      '',
    ],
    [
      '# syntax=X\nFROM a\n',
      '1:10: not an image reference: "X": repository names are lower case',
      'write "x" for "X"',
      'a',
    ],
    [
      'FROM a\nCOPY --from=b --from=c a b\n',
      '2:1: COPY: --from stands there twice',
      'leave one',
      'a, copy b',
    ],
    ['FROM a\0\n', '1:7: it is binary', 'name a Dockerfile', ''],
    [
      `FROM a\nRUN ${'x'.repeat(70_000)}\nCOPY --from=b a b`,
      '2:1: the line is longer than 65535 bytes, which BuildKit refuses',
      null,
      'a, copy b',
    ],
  ]

  it.each(rows)('%.60j: %s', (text, first, cure, images) => {
    const reading = read(text)
    const [problem] = reading.problems
    expect(`${problem?.line}:${problem?.column}: ${problem?.what}`).toBe(first)
    expect(problem?.cure).toBe(cure)
    expect(shown(reading)).toBe(images)
  })

  it('of a target that is none: all stages are read', () => {
    const reading = read('FROM a AS s\nFROM b\n', { target: 'x' })
    expect(reading.problems).toEqual([
      { line: 1, column: 1, what: 'there is no stage "x" to build', cure: 'stages are s' },
    ])
    expect(shown(reading)).toBe('a, b')
  })

  it('of a stage that is not built stop the build only where BuildKit reads that stage', () => {
    const later = 'FROM a AS s\nFROM b AS t\nCOPY --from=u a b\nFROM c AS u\n'
    expect(read(later, { target: 's' }).problems).toEqual([])
    expect(read(later, { target: 't' }).problems).toHaveLength(1)
    expect(read('FROM a AS s\nFROM B\n', { target: 's' }).problems).toHaveLength(1)
  })

  it('are a hundred at most', () => {
    expect(read('x\n'.repeat(1000)).problems).toHaveLength(100)
  })
})

describe('places', () => {
  it.each([
    ['FROM no\\\nde:1 AS x', 'no\\\nde:1', 1, 6],
    ['ARG A=1\nFROM "node:$A"\n', '"node:$A"', 2, 6],
    ['\ufeffFROM node', 'node', 1, 6],
    ['\ufeff# syntax = x/y:1 z', 'x/y:1', 1, 12],
    ['FROM a AS s\r\n\tRUN \\\r\n  --mount=type=bind,from="no"de,target=/x y', 'no"de', 3, 27],
    ['FROM scratch\nCOPY --chown=1 --from="b:1" x y', 'b:1', 2, 24],
    ['FROM scratch AS s\nONBUILD COPY --from=b x y\nFROM s\nFROM s', 'b', 2, 21],
  ])('%j', (text, written, line, column) => {
    const image = read(text).images.at(-1)
    expect(image).toMatchObject({ written, line, column })
    expect(text.slice(image?.start, image?.end)).toBe(written)
  })
})

// Rows of envVarTest and lex_test.go in https://github.com/moby/buildkit/tree/master/frontend/dockerfile/shell.
describe('expand', () => {
  const VALUES = new Map([
    ...Object.entries({ PWD: '/home', SHELL: 'bash', NULL: '', X: 'xxyy', STARS: 'a***yy*', MARKS: '???y' }),
    ...Object.entries({ TMP: '/tmp/tmp/bar.txt', NEEDLE: '/?/', ODD: '()[]{}^$.*?|\\x' }),
  ])
  const fill = (text: string, fuel = new Fuel()) =>
    expand(text, { values: VALUES, escapeChar: '\\', fuel }).value

  it.each([
    ["he'll'o", 'hello'],
    ["he\\'llo", "he'llo"],
    ['abc\\tdef', 'abctdef'],
    ['"abc\\tdef"', 'abc\\tdef'],
    ['"abc\\\\tdef"', 'abc\\tdef'],
    ["'hello\\\\there'", 'hello\\\\there'],
    ['hello\\', 'hello'],
    ['"\'\'"', "''"],
    ['$.', '$.'],
    ['he$1x', 'hex'],
    ['$999aaa', 'aaa'],
    ['$@@@', '@@'],
    ['${#:-b}', 'b'],
    ['he\\\\$PWD', 'he\\/home'],
    ['"he\\$PWD"', 'he$PWD'],
    ['"he\'$PWD\'"', "he'/home'"],
    ["'\\$PWD'", '\\$PWD'],
    ['he${XXX:-${PWD:-yyy}}xx', 'he/homexx'],
    ['he${XXX:-\\${PWD}z}xx', 'he${PWDz}xx'],
    ['he${PWD:+${PWD}:}xx', 'he/home:xx'],
    ['he${NULL?}', 'he'],
    ['${NULL-a}${NULL:-b}${NULL+c}${NULL:+d}', 'bc'],
    ['${aaa:-bbb {foo}', 'bbb {foo'],
    ['${aaa}}', '}'],
    ['${X#*x*y}', 'y'],
    ['${X##*x}', 'yy'],
    ['${X##}', 'xxyy'],
    ['${X%x}${X%y}${X%%x*}', 'xxyyxxy'],
    ['${MARKS#?\\?}', '?y'],
    ['${STARS%%\\**\\*}', 'a'],
    ['${ODD#()[]{\\}^$.\\*\\?|\\\\}', 'x'],
    ['${TMP/$NEEDLE/.}', '/tmp/tmp/bar.txt'],
    ['${TMP/\\/tmp/}-${TMP//\\/tmp/}', '/tmp/bar.txt-/bar.txt'],
    ['${TMP//\\//\\/}', '\\/tmp\\/tmp\\/bar.txt'],
    ['${X/$NULL/ww}', 'wwxxyy'],
    ['${X///}', 'xxyy'],
    ['${none///}', ''],
  ])('%j is %j', (text, value) => expect(fill(text)).toBe(value))

  it.each([
    ...["he'llo", '"hello\\"', '${}', '${{a}', '${:-b}', 'he${.}', '${XXX:YYY}', '${XXX?}', '${NULL:?}'],
    ...['${PWD', '${PWD:=0}', '${X:#x}', '${X//ww}', '${X//}', '${X#\\a}', '${aaa:-b ${foo}'],
  ])('%j is refused', text => expect(() => fill(text)).toThrow(Invalid))

  it('names what has no value, but not what a variable holds', () => {
    const { unset } = expand('$A${B:-$C}$PWD$A', { values: VALUES, escapeChar: '`', fuel: new Fuel() })
    expect(unset).toEqual(['A', 'C', 'B'])
  })

  it('ends where its fuel does', () => {
    const fuel = new Fuel()
    expect(fill('$PWD', fuel)).toBe('/home')
    fuel.spend(2_000_000)
    expect(() => fill('$PWD', fuel)).toThrow('the values of variables are too long')
    expect(() => fill('${X#*}', fuel)).toThrow('the patterns of variables are too much work')
    expect(fill('PWD', fuel)).toBe('PWD')
  })
})

// What ProcessWords of BuildKit answers with and without RawQuotes and RawEscapes, with SkipUnsetEnv.
describe('shellWords', () => {
  it.each([
    ['a  b\tc', ['a', 'b', 'c'], ['a', 'b', 'c']],
    ['a\\ b c', ['a\\ b', 'c'], ['a b', 'c']],
    ["'a b'c d", ["'a b'c", 'd'], ['a bc', 'd']],
    ['"a\\"b" "a\\b"', ['"a\\"b"', '"a\\\\b"'], ['a"b', 'a\\b']],
    ['$A ${B} ${C:-d e}', ['$A', '${B}', '${C:-d', 'e}'], ['$A', '${B}', '${C:-d', 'e}']],
    ['${A/b/c d}', ['${A/b/c', 'd}'], ['${A/b/c', 'd}']],
    ['x${A:-y}z', ['${A:-y}z'], ['${A:-y}z']],
    ['a<< b < c', ['a<< b', '<', 'c'], ['a<< b', '<', 'c']],
    ["<<'E F' g", ["<<'E F'", 'g'], ['<<E F', 'g']],
    ['\u0085a\u00a0b\ufeffc', ['a', 'b\ufeffc'], ['a', 'b\ufeffc']],
    ['a\\', ['a\\'], ['a']],
    ["it's", [], []],
    ['a ${}', [], []],
  ])('%j', (text, raw, plain) => {
    expect(shellWords(text, true)).toEqual(raw)
    expect(shellWords(text, false)).toEqual(plain)
  })
})

const PIECE = fc.constantFrom(
  ...[
    'FROM ',
    'from a',
    'FROM a AS s',
    'ARG A=',
    'COPY --from=',
    'RUN --mount=from=',
    'ONBUILD ',
    '# escape=`',
    '# syntax=',
  ],
  ...[
    '<<EOF',
    '<<-E',
    'EOF',
    'E',
    '${',
    '$A',
    '${A:-',
    '${A%%',
    '${A//*/',
    '}',
    '"',
    "'",
    '\\',
    '`',
    ',',
    '--',
    '[',
  ],
  ...[
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    ' ',
    '\ufeff',
    '\u0085',
    '\ud800',
    '😀',
    'scratch',
    's',
    '0',
    '//',
  ],
)
const TEXT = fc.oneof(
  fc.array(PIECE, { maxLength: 40 }).map(pieces => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

describe('arguments', () => {
  it('have their places and their defaults as they stand there', () => {
    const text = '\ufeffARG A B= C="x y" \\\n  D=$A\nFROM a\narg E=\'e\'\r\nONBUILD ARG F=f\n'
    const args = read(text).args.map(({ name, value, global, start, end, line }) => ({
      [name]: [value, text.slice(start, end), global, line],
    }))
    expect(args).toEqual([
      { A: [null, 'A', true, 1] },
      { B: ['', 'B=', true, 1] },
      { C: ['"x y"', '"x y"', true, 1] },
      { D: ['$A', '$A', true, 2] },
      { E: ["'e'", "'e'", false, 4] },
    ])
  })

  it('without a value may be something that is not known', () => {
    const text = 'ARG A\nFROM a:$A\nFROM ${A:-b}$C\nFROM ${A:+c}d\n'
    expect(shown(read(text, { unset: 'x' }))).toBe('a:x, bx, d')
    expect(shown(read(text, { unset: 'x', args: new Map([['A', '1']]) }))).toBe('a:1, 1x, cd')
  })
})

describe('any text', () => {
  it('is read without a throw, and every image and problem has its place', () => {
    const target = fc.constantFrom(null, 's')
    fc.assert(
      fc.property(TEXT, target, fc.constantFrom('', 's', 'a'), (text, target, context) => {
        const { images, problems } = read(text, { target, contexts: new Set([context]) })
        const lines = text.replace(/^\ufeff/, '').split('\n')
        for (const { start, end, written, line, column } of images) {
          expect(text.slice(start, end)).toBe(written)
          expect(written).not.toBe('')
          expect(lines[line - 1]?.slice(column - 1)).toContain(written.split('\n')[0]?.trimEnd())
        }
        for (const { line, column, what } of problems) {
          expect(column).toBeGreaterThan(0)
          expect((lines[line - 1] ?? '').length + 2).toBeGreaterThan(column)
          expect(what.length).toBeLessThan(400)
        }
        if (images.length === 0 && target === null && context === '' && !/scratch/.test(text)) {
          expect(problems).not.toEqual([])
        }
      }),
      { numRuns: 3000 },
    )
  })

  const many = (line: string, count = 10_000) => Array(count).fill(line).join('\n')
  it.each([
    ['instructions', `FROM a\n${many('RUN x && y')}`],
    ['images', many('FROM a')],
    ['continuations', `FROM a\nRUN x \\\n${many('y \\')}`],
    ['sources', `FROM a\nRUN ${many('--mount=from=x,target=/x \\')}\nx`],
    ['triggers', `FROM a AS s\n${many('ONBUILD COPY --from=x a b', 5000)}\n${many('FROM s', 5000)}`],
    ['values that double', `ARG A=aaaaaaaa\n${many('ARG A=$A$A')}\n${many('FROM $A')}`],
    ['patterns', `ARG A=${'a'.repeat(4000)}\n${many('FROM ${A//*a*a*a*b/x}')}`],
    ['nesting', `FROM ${'"${A:-'.repeat(10_000)}`],
    ['garbage', many('garbage')],
  ])('of many %s is read in time', (_name, text) => {
    const begin = performance.now()
    read(text)
    expect(performance.now() - begin).toBeLessThan(3000)
  })
})
