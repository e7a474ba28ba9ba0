ID='unknown (image has no /etc/os-release)' ID_LIKE=
if [ -r /etc/os-release ]; then . /etc/os-release; fi
case " $ID $ID_LIKE " in
*' debian '* | *' ubuntu '*) ;;
*)
    echo "[provision] ERROR: unsupported base image distribution: ID='$ID'" >&2
    false
    ;;
esac
