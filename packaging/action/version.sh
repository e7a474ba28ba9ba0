#!/usr/bin/env bash
# The version that the action installs, and where: outputs `version` and `directory` of its step.
set -euo pipefail

version=${SBX_VERSION:-}
version=${version#v}
if [ -z "$version" ]; then
    # A tag of the action has the version of its sources.
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
fi
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
    echo "::error::the input \`version\` is not a version, such as 0.1.0" >&2
    exit 2
fi
{
    echo "version=$version"
    echo "directory=$RUNNER_TEMP/sbx-$version"
} >>"$GITHUB_OUTPUT"
