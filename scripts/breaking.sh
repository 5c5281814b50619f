#!/usr/bin/env bash
# Compares openapi.yaml with that of the last release: what breaks its clients, or opens a route, fails.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$(git describe --tags --match 'v[0-9]*' --abbrev=0 2>/dev/null || true)
if [[ -z $tag ]]; then
	echo "no release yet: there is no client to break"
	exit 0
fi
mkdir -p .tmp
git show "$tag:openapi.yaml" >.tmp/released.yaml
go run ./cmd/authsdk spec diff .tmp/released.yaml openapi.yaml
echo "openapi.yaml breaks no client of $tag"
