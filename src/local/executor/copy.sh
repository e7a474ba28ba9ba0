# Merges what an archive holds into its target. The arguments: the source in the unpacked archive,
# the target, the owner, the mode, the working directory, the user.
set -o pipefail
source=$1 target=$2 owner=$3 mode=$4 workdir=$5 user=$6
[ -n "$workdir" ] || workdir=$(getent passwd "$user" | cut -d: -f6)
cd "$workdir" || exit 1
case $target in
/*) ;;
*) target=$(pwd)/$target ;;
esac
cd "$(dirname "$source")" || exit 1
entry=$(basename "$source")
parents() {
    case $target in
    */) mkdir -p "$target" ;;
    *) mkdir -p "$(dirname "$target")" ;;
    esac
}
if [ -L "$entry" ]; then
    parents
    chown -h "$owner" "$entry"
    mv "$entry" "$target"
elif [ -f "$entry" ]; then
    chown "$owner" "$entry"
    [ -z "$mode" ] || chmod "$mode" "$entry"
    parents
    mv "$entry" "$target"
elif [ -d "$entry" ]; then
    chown -R "$owner" "$entry"
    [ -z "$mode" ] || chmod -R "$mode" "$entry"
    mkdir -p "$target" || exit 1
    if [ -z "$(ls -A "$target")" ]; then
        # Nothing to merge with: renaming does the same.
        find "./$entry" -mindepth 1 -maxdepth 1 -exec mv -t "$target" -- {} + || exit 1
    else
        (cd "$entry" && tar -cf - .) |
            tar -xf - -C "$target" --keep-directory-symlink --no-overwrite-dir || exit 1
    fi
else
    echo "Error: source path does not exist: $source"
    exit 1
fi
