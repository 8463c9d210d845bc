/** The images of the project whose scripts are tested: as they are named, in full, and where they go. */

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
export const PINNED = `busybox:1.36@${DIGEST}`
export const IMAGES = [
  PINNED,
  'ghcr.io/acme/tool:2.0',
  'langgenius/dify-api:2.0.0-beta.2',
  'nginx:1.27',
  'quay.io/minio/minio:R1',
  'redis:latest',
]
export const FULL = [
  `docker.io/library/${PINNED}`,
  'ghcr.io/acme/tool:2.0',
  'docker.io/langgenius/dify-api:2.0.0-beta.2',
  'docker.io/library/nginx:1.27',
  'quay.io/minio/minio:R1',
  'docker.io/library/redis:latest',
]
export const TEAM = 'registry.example.com/team'
