# engine_takes VERB... FLAG: whether the engine's help of a verb names a flag. Docker leaves out what its server is too
# old for.
engine_takes() {
  ask "${@:1:$#-1}" --help && LC_ALL=C grep -E -e "^ *(-[a-z], )?${!#}[ =]" "$SCRATCH" >/dev/null
}
