# insist NUMBER COMMAND...: runs the command for a job of the pool, and again while its failure may pass.
insist() {
  persist "$1" try "$@"
}
