# The images to pull, and the platform of each.
SOURCES=()
PLATFORMS=()

# Whether to pull what is already there, too.
ALWAYS=''

main() {
  parse_flags "$@"
  images
  check_selection
  case $MODE in
    list) list ;;
    dry-run) dry_run pull_image ;;
    run) run ;;
  esac
}

usage() {
  say "$MSG_HELP_PULL" "${0##*/}"
  say "$MSG_HELP"
}

take_flag() {
  case $1 in
    --always)
      ALWAYS=yes
      AGAIN+=(--always)
      REPLY=1
      ;;
    --jobs | --retries | --timeout) take_effort "$@" ;;
    --shard) take_shard "$@" ;;
    --result) take_result "$@" ;;
    *) REPLY=0 ;;
  esac
}

# image SOURCE [PLATFORM]: one line of the list below.
image() {
  selected "$1" && in_shard "$1" || return 0
  SOURCES+=("$1")
  PLATFORMS+=("${2:-$PLATFORM}")
}

list() {
  [ "${#SOURCES[@]}" -eq 0 ] || printf '%s\n' "${SOURCES[@]}"
}

run() {
  find_engine
  open_result
  open_workdir
  need_engine
  name_engine
  warn_low_disk
  open_progress "${#SOURCES[@]}"
  run_pool pull_image "${#SOURCES[@]}" "$JOBS"
  summarise
}

# pull_image NUMBER: a job of the pool. Done is only what is there with the right platform.
pull_image() {
  local name platform=${PLATFORMS[$1]}
  engine_name "${SOURCES[$1]}"
  name=$REPLY
  [ "$MODE" = dry-run ] || [ -n "$ALWAYS" ] || ! is_here "$name" "$platform" || return 10
  insist "$1" "$ENGINE" pull --platform "$platform" "$name" || return 1
  [ "$MODE" = dry-run ] || is_here "$name" "$platform" && return
  say "$MSG_WRONG_PLATFORM" "${REPLY:-?}" "$platform"
  fail_as "$1" wrong-platform
}

# What errors are signs of: the class, whether the failure may pass, its cause, its cure, and patterns of the last
# line. The first line that fits counts.
failures() {
  failure disk-full no '磁盘已满' '请在引擎存放镜像的位置腾出空间：docker system df 可查看占用' '*no space left on device*' '*disk quota exceeded*'
  failure engine-gone no '引擎不再响应' '请重新启动引擎，再执行下面的命令' '*Cannot connect to the Docker daemon*' '*failed to connect to the docker API*' '*permission denied while trying to connect*' '*Cannot connect to Podman*'
  failure credential-helper no '保存登录信息的程序无法工作' '请安装它，或从引擎的 config.json 中删除 credsStore 后重新登录' '*error getting credentials*'
  failure rate-limit slowly '仓库限制了请求频率' '请先登录该仓库，用 --jobs 1 运行，或稍后再试' '*toomanyrequests*' '*429 Too Many*' '*HTTP 429*' '*rate limit*' '*Too Many Requests*'
  failure no-platform no '该镜像没有这个平台的版本' '请换一个有此平台的标签，或为该服务指定其他平台' '*no matching manifest for *' '*no match for platform*' '*no image found in manifest list*' '*no image found in image index*' '*does not provide the specified platform*' '*cannot be used on this platform*'
  failure certificate no '仓库的证书不受信任' '请把其 CA 交给引擎（/etc/docker/certs.d/主机/ca.crt），并检查系统时间' '*x509:*' '*failed to verify certificate*' '*certificate has expired*' '*certificate signed by unknown*'
  failure plain-http no '仓库使用 HTTP 而不是 HTTPS' '请在 daemon.json 的 insecure-registries 中列出它，或为它配置证书' '*server gave HTTP response to HTTPS client*' '*first record does not look like a TLS*'
  failure quota no '仓库中该项目的配额已满' '请在仓库提高配额，或删除旧镜像' '*will exceed the configured upper limit*' '*quota*'
  failure immutable-tag no '仓库不允许改动这个标签' '请推送其他标签，或在仓库修改规则' '*configured as immutable*' '*tag is immutable*'
  failure no-namespace no '仓库中没有这个命名空间或镜像仓库' '请先在仓库创建，或开启自动创建' '*project * not found*' '*NAME_UNKNOWN*' '*name unknown*' '*repository name not known*' '*namespace * not found*'
  failure too-large no '仓库前的代理不接受这么大的上传' '请提高其上限（nginx：client_max_body_size 0）' '*413 Request Entity*' '*413 Payload*' '*status: 413*'
  failure not-a-registry no '回应的不是仓库，而是网页' '请检查网络登录页、代理或地址是否有误' '*invalid character '\''<'\''*' '*unexpected media type text/html*' '*text/html*'
  failure not-found no '没有这个镜像' '请改正名称或标签' '*manifest unknown*' '*manifest for * not found*' '*: not found' '*tag does not exist*' '*No such image*' '*does not exist locally*' '*image not known*'
  failure denied no '仓库拒绝了请求，原因有四种，它并不区分' '请依次检查：登录；命名空间是否存在且属于您；镜像仓库是否存在或可自动创建；是否有推送权限' '*unauthorized to access repository*' '*access to the requested resource is not authorized*' '*insufficient_scope*' '*access denied*' '*requested access to the resource is denied*' '*permission_denied*' '*403 Forbidden*' '*denied: *' '*: denied'
  failure login no '仓库要求登录，或登录信息有误' '请以运行本脚本的用户重新登录该仓库' '*no basic auth credentials*' '*incorrect username or password*' '*unauthorized*' '*401 Unauthorized*' '*authentication required*' '*Authenticate Error*'
  failure name no '镜像名称不合规则' '请改正' '*invalid reference format*' '*repository name must be lowercase*'
  failure dns yes '无法解析仓库的域名' '请检查网络、DNS 和域名' '*no such host*' '*server misbehaving*' '*name resolution*' '*Name or service not known*'
  failure network yes '与仓库的连接中断或无法建立' '请检查网络、引擎的代理，以及仓库是否在运行' '*connection refused*' '*no route to host*' '*network is unreachable*' '*i/o timeout*' '*context deadline exceeded*' '*Client.Timeout*' '*TLS handshake timeout*' '*timeout awaiting response headers*' '*connection reset*' '*broken pipe*' '*unexpected EOF*' '*: EOF' '*httpReadSeeker*'
  failure server yes '仓库服务异常' '请稍后再试' '*received unexpected HTTP status: 5*' '*: 500 *' '*: 502 *' '*: 503 *' '*: 504 *' '*status: 5*' '*Internal Server Error*' '*Bad Gateway*' '*Service Unavailable*' '*Gateway Time*'
  failure timeout yes '超过了 --timeout 允许的时间' '请放宽时限，或检查网络'
  failure wrong-platform no '仓库中该镜像只有其他平台的版本' '请换一个有此平台的标签，或为该服务指定其他平台'
  failure wrong-registry no '引擎推送到了别的仓库' '请先检查引擎的别名和镜像源设置，再推送'
  failure unknown no '' '' '*'
}

# The images, one a line.
images() {
  SOURCES=()
  image nginx:latest
}

main "$@"
