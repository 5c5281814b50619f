#!/usr/bin/env bash
# Holds openapi.yaml against the OWASP ruleset, with the exceptions of owasp.spectral.yaml; SPECTRAL and OWASP
# are the versions. That the check can fail is tried first, on a document with a number that has no limits.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=.tmp/owasp
mkdir -p "$dir"
if [[ ! -e $dir/$SPECTRAL-$OWASP ]]; then
	npm install --silent --no-audit --no-fund --prefix "$dir" "@stoplight/spectral-cli@$SPECTRAL" "@stoplight/spectral-owasp-ruleset@$OWASP"
	touch "$dir/$SPECTRAL-$OWASP"
fi
cp scripts/owasp.spectral.yaml openapi.yaml "$dir/"
cd "$dir"
lint() { npx --no-install spectral lint --ruleset owasp.spectral.yaml --fail-severity=error "$1"; }

sed 's#^  /auth/me:#  /auth/me/{number}:\n    parameters:\n      - { name: number, in: path, required: true, schema: { type: integer } }#' openapi.yaml >broken.yaml
if lint broken.yaml >broken.log 2>&1 || ! grep -q 'owasp:api4:2023-integer-limit' broken.log; then
	echo "owasp: a number without limits passed" >&2
	cat broken.log >&2
	exit 1
fi
lint openapi.yaml
