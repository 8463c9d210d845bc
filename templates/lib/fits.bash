# fits PLATFORM WANTED: whether an image for the one is one for the other.
fits() {
  case $1 in
    "$2" | "$2"/*) return 0 ;;
    # Many images leave out the usual variant.
    linux/arm64/) [ "$2" = linux/arm64/v8 ] ;;
    linux/arm/) [ "$2" = linux/arm/v7 ] ;;
    *) return 1 ;;
  esac
}
