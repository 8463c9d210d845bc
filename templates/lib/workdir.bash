# A private directory for what this run has to remember, and a file in it for one answer of the engine.
WORK=''
SCRATCH=''

# open_workdir: makes WORK and sees to its end.
open_workdir() {
  trap close_workdir EXIT
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/compose-relay.XXXXXX") || die 3 "$MSG_NO_WORKDIR" "${TMPDIR:-/tmp}"
  SCRATCH=$WORK/scratch
}

# close_workdir: ends a probe that still runs and removes WORK.
close_workdir() {
  end_child
  [ -z "$WORK" ] || rm -rf "$WORK"
}
