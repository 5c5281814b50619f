#!/usr/bin/env bash
# Starts the built server and has the flows of examples/flows run against it; every answer is held against
# openapi.yaml. REDOCLY is the version of the program that runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
pid=
finish() {
	local status=$?
	if [[ -n $pid ]]; then kill -TERM "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
	if ((status != 0)); then cat "$dir/log" >&2 2>/dev/null || true; fi
	rm -rf "$dir"
	exit "$status"
}
trap finish EXIT

go build -o "$dir/authsdk" ./cmd/authsdk
export AUTHSDK_STORE="sqlite:$dir/store/authsdk.db" AUTHSDK_KEYS="$dir/store/keys.json"
echo 'correct horse battery' | "$dir/authsdk" user add alice --password-stdin
"$dir/authsdk" serve --addr 127.0.0.1:0 --issuer http://auth.example --drain-delay 0s --log-format json 2>"$dir/log" &
pid=$!
url=
for _ in $(seq 100); do
	url=$(sed -n 's/.*"msg":"serving","addr":"\([^"]*\)".*/http:\/\/\1/p' "$dir/log")
	[[ -n $url ]] && break
	sleep 0.1
done
[[ -n $url ]] || { echo "flows: the server did not start" >&2; exit 1; }

npx --yes "@redocly/cli@$REDOCLY" respect examples/flows/*.arazzo.yaml --server "auth=$url" \
	--input username=alice --input 'password=correct horse battery'
if [[ $(grep -c '"msg":"reuse_detected"' "$dir/log") != 1 ]]; then
	echo "flows: the stolen token raised no alarm, or more than one" >&2
	exit 1
fi
