# is_insecure HOST: whether the engine was told to trust it. Podman and nerdctl do not tell.
is_insecure() {
  ask info --format '{{range .RegistryConfig.IndexConfigs}}{{if not .Secure}}{{println .Name}}{{end}}{{end}}' &&
    grep -Fx -e "$1" "$SCRATCH" >/dev/null
}
