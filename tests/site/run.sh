#!/usr/bin/env bash
# The documentation site: builds it, checks its links, and looks at it in Chromium, which writes pictures
# of pages to target/site/screens. The first run installs the tools; what follows needs no network.
# `--self-test` breaks the site in one way after the other and expects each to be noticed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/install.sh

debian_packages chromium
node_project site
tools=$PWD/site/node_modules/.bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # DIRECTORY: of a copy of the repository
    "$tools/vitepress" build "$1/site" >"$work/build.log" 2>&1 || {
        cat "$work/build.log"
        return 1
    }
}

check_links() { # DIRECTORY: what is on the site, with anchors; nothing is asked of other sites
    "$tools/linkinator" "$1" --recurse --check-fragments --verbosity error --concurrency 10 \
        --retry-errors --retry-errors-count 3 --skip '^https?://(?!localhost)'
}

check() { # DIRECTORY [PAGE…]
    check_links "$1" && node tests/site/browser.mjs "$@"
}

dist=target/site/dist
build .

if [ "${1:-}" != --self-test ]; then
    check $dist
    exit
fi

expect() { # WORDS COMMAND…: fails, with these words in its output
    local words=$1
    shift
    if "$@" >"$work/log" 2>&1 || ! grep -q -- "$words" "$work/log"; then
        cat "$work/log"
        echo "not noticed: $words"
        exit 1
    fi
    echo "noticed: $words"
}

# A copy of the built site with something at the end of a page.
broken() { # PAGE HTML
    rm -rf "$work/dist"
    cp -r $dist "$work/dist"
    python3 - "$work/dist/$1" "$2" <<-'END'
	import pathlib, sys
	page = pathlib.Path(sys.argv[1])
	page.write_text(page.read_text().replace("</body>", sys.argv[2] + "</body>", 1))
	END
}

broken index.html '<a href="/nowhere.html">page</a>'
expect nowhere.html check "$work/dist" index.html
broken index.html '<a href="/manifest.html#nowhere">anchor</a>'
expect nowhere check "$work/dist" index.html
broken index.html '<style>.vp-doc p { color: #bbb }</style>'
expect color-contrast check "$work/dist" index.html
broken platforms.html '<style>.vp-doc table { display: table; min-width: 600px }</style>'
expect 'wider than the screen' check "$work/dist" platforms.html

# A copy of the sources, in which only the pages and the site are not links.
copied() {
    rm -rf "$work/copy"
    mkdir "$work/copy"
    ln -s "$PWD"/* "$work/copy"
    rm "$work/copy"/{docs,site,target}
    cp -r docs "$work/copy"
    mkdir "$work/copy/site"
    cp -r site/.vitepress "$work/copy/site"
    ln -s "$PWD/site/node_modules" "$work/copy/site"
}

copied
touch "$work/copy/docs/unlisted.md"
expect 'docs/unlisted.md is in no sidebar' build "$work/copy"
copied
rm "$work/copy/docs/profiles.md"
expect 'docs/profiles.md does not exist' build "$work/copy"
copied
echo '[a](manifest.md#nowhere) [b](../nowhere.rs) [c](../README.md#nowhere) [d](nowhere.md)' \
    >>"$work/copy/docs/profiles.md"
expect 'no anchor manifest.md#nowhere' build "$work/copy"
for words in 'no file ../nowhere.rs' 'no anchor ../README.md#nowhere' 'no file nowhere.md'; do
    grep -m 1 "docs/profiles.md: $words" "$work/log"
done
