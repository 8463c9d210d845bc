import type { Action, Answer } from './fault-proxy.ts'

/** Answers as registries and what stands before them give them, for the rules of a FaultProxy. */

const HUB_LIMIT =
  'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit'

export function answer(
  status: number,
  body: string = '',
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { do: 'answer', status, headers, body }
}

/**
 * An error as the distribution specification writes it. Without detail Docker 20.10 leaves a message away that is the
 * usual one for its code.
 */
export function registryError(status: number, code: string, message: string, detail?: unknown): Answer {
  const body = JSON.stringify({ errors: [{ code, message, detail }] })
  return answer(status, body, { 'content-type': 'application/json' })
}

/** 429 as Docker Hub says it, with Retry-After if seconds are given. */
export function rateLimit(retryAfter?: number): Answer {
  return withRetryAfter(registryError(429, 'TOOMANYREQUESTS', HUB_LIMIT), retryAfter)
}

/** 429 of something that is no registry, such as a public accelerator. */
export function plainRateLimit(retryAfter?: number): Answer {
  return withRetryAfter(answer(429, 'Too Many Requests\n', { 'content-type': 'text/plain' }), retryAfter)
}

function withRetryAfter(limit: Answer, seconds: number | undefined): Answer {
  if (seconds === undefined) return limit
  return { ...limit, headers: { ...limit.headers, 'retry-after': String(seconds) } }
}

/** 500, 502, 503, 413 with the page of an nginx before the registry. */
export function nginx(status: number, title: string): Answer {
  const page = `<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>\n`
  return answer(status, page, { 'content-type': 'text/html', server: 'nginx' })
}

/** 403 of a registry: no right, or a namespace that is someone else's. */
export function denied(): Answer {
  return registryError(403, 'DENIED', 'requested access to the resource is denied')
}

/** 401 that does not say how to log in. */
export function unauthorized(): Answer {
  return registryError(401, 'UNAUTHORIZED', 'authentication required')
}

export function unknownManifest(): Answer {
  return registryError(404, 'MANIFEST_UNKNOWN', 'manifest unknown', 'unknown tag')
}

/** What Harbor says at the first upload to a project that does not exist. */
export function noProject(project: string, code: 'NAME_UNKNOWN' | 'NOT_FOUND' = 'NAME_UNKNOWN'): Answer {
  return registryError(404, code, `project ${project} not found`)
}

/** The login page of a network that lets nobody out, which comes with 200 for everything. */
export function portal(): Answer {
  return answer(200, '<html><body><form action="/login">Welcome</form></body></html>\n', {
    'content-type': 'text/html; charset=utf-8',
  })
}

/** Stores a manifest that says the same in other bytes, so that only its digest tells. */
export const STORE_ANOTHER: Action = { do: 'alter', change: body => Buffer.concat([body, Buffer.from('\n')]) }
