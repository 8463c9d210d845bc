# A private directory for what this run has to remember, and a file in it for one answer of the engine.
WORK=''
SCRATCH=''

# open_workdir: makes WORK and sees to its end, also after a signal.
open_workdir() {
  end_on_signals
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/compose-relay.XXXXXX") || die 3 "$MSG_NO_WORKDIR" "${TMPDIR:-/tmp}"
  SCRATCH=$WORK/scratch
}

# end_on_signals: a signal ends the script at once.
end_on_signals() {
  trap close_workdir EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

# close_workdir: ends a probe that still runs and removes WORK. A subshell that a signal ends has no such right,
# though bash may run the EXIT trap of the script there.
close_workdir() {
  [ "$BASH_SUBSHELL" -eq 0 ] || return 0
  trap '' INT TERM HUP
  end_child
  [ -z "$WORK" ] || rm -rf "$WORK"
}
