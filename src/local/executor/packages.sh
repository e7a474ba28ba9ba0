# What the platform does at last, after the readiness check: E2B's open server in
# phases/finalize/configure.go (`packCertBundleCmd`). Certificates are not packed for the next boot, and
# are only merged where the bundle lacks one or has one that was removed, since that takes most of a
# second.
set -e
if command -v dpkg-query >/dev/null 2>&1; then
    tries=0
    until dpkg --configure -a; do
        tries=$((tries + 1))
        [ "$tries" -ge 5 ] && exit 1
        sleep 5
    done
fi
if command -v update-ca-certificates >/dev/null 2>&1; then
    bundle=/etc/ssl/certs/ca-certificates.crt
    changed=$(
        find -L /usr/local/share/ca-certificates -name '*.crt' -exec awk '
            { sub(/\r$/, "") }
            /^-----BEGIN/ { text = ""; next }
            /^-----END/ && FILENAME == ARGV[1] { merged[text]; next }
            /^-----END/ { if (!(text in merged)) print FILENAME; next }
            { text = text $0 }
        ' "$bundle" {} + 2>&1 || echo unknown
        find -L /etc/ssl/certs -type l
    )
    [ -z "$changed" ] || update-ca-certificates
fi
if command -v dpkg-query >/dev/null 2>&1; then
    broken=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '/^iF/{print $2}' | tr '\n' ' ')
    if [ -n "$broken" ]; then
        printf 'cert bundle: packages left half-configured: %s\n' "$broken" >&2
        exit 1
    fi
fi
