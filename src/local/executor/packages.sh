# What the platform does at last, after the readiness check: E2B's open server in
# phases/finalize/configure.go (`packCertBundleCmd`). Certificates are not packed for the next boot, and
# are only merged where there is one to merge, since that takes most of a second.
set -e
if command -v dpkg-query >/dev/null 2>&1; then
    tries=0
    until dpkg --configure -a; do
        tries=$((tries + 1))
        [ "$tries" -ge 5 ] && exit 1
        sleep 5
    done
fi
if command -v update-ca-certificates >/dev/null 2>&1 &&
    [ -n "$(find -L /usr/local/share/ca-certificates -name '*.crt' 2>/dev/null)" ]; then
    update-ca-certificates
fi
if command -v dpkg-query >/dev/null 2>&1; then
    broken=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '/^iF/{print $2}' | tr '\n' ' ')
    if [ -n "$broken" ]; then
        printf 'cert bundle: packages left half-configured: %s\n' "$broken" >&2
        exit 1
    fi
fi
