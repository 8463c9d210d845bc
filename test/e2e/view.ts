import type { Names } from './internet.ts'

/** What a process sees instead of the machine's own. */
export interface View {
  readonly names: Names
  /** Folders by the place where they are seen; places that the machine does not have are left as they are. */
  readonly folders: Readonly<Record<string, string>>
  /** Whose programs it has: a folder with a usr/ of another distribution. The machine's without it. */
  readonly root?: string
}

// /run comes first, for /etc/resolv.conf may be a link into it; it is empty unless it is one of the folders. containerd
// would make /opt/containerd, whatever its settings, and can do without. -n keeps mount from making /run/mount. /usr
// comes last, for until then it is the machine's programs that run here.
const IN_ITS_OWN_NAMESPACE = `
set -e
mount -n -t tmpfs laboratory /run
if [ -n "$3" ]; then mount -n --bind "$3" /run; fi
mount -n --bind "$1" /etc/hosts
resolver=$(readlink -m /etc/resolv.conf)
case $resolver in (/run/*) mkdir -p "\${resolver%/*}"; : > "$resolver" ;; esac
if [ -e "$resolver" ]; then mount -n --bind "$2" "$resolver"; fi
if [ -d /opt ]; then mount -n --bind /opt /opt && mount -n -o remount,bind,ro /opt; fi
root=$4
shift 4
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mount -n --bind "$2" "$1"; fi
  shift 2
done
shift
if [ -n "$root" ]; then mount -n --bind "$root/usr" /usr; fi
exec "$@"
`

/** The command as one that sees that, in a mount namespace of its own; programs by their path. It keeps its pid. */
export function seeing(view: View, command: readonly string[]): readonly string[] {
  const { '/run': run = '', ...others } = view.folders
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', IN_ITS_OWN_NAMESPACE, 'sh'],
    ...[view.names.hosts, view.names.resolver, run, view.root ?? ''],
    ...[...Object.entries(others).flat(), '--', ...command],
  ]
}
