#!/usr/bin/env bash
# Fetches swagger-ui-dist from npm, checks it, and puts what package apidocs embeds where it belongs, compressed
# and with its licence. With --check it changes nothing, and fails if what is there is something else.
set -euo pipefail
cd "$(dirname "$0")/.."

version=5.35.0
sha512=534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551
to=authsdk/apidocs/assets/swagger-ui-$version

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm pack --silent --pack-destination "$tmp" "swagger-ui-dist@$version" >/dev/null
echo "$sha512  $(echo "$tmp"/*.tgz)" | sha512sum --check --quiet
tar -xzf "$tmp"/*.tgz -C "$tmp"
mv "$tmp/package/LICENSE" "$tmp/package/LICENSE.txt"
mv "$tmp/package/NOTICE" "$tmp/package/NOTICE.txt"

if [[ ${1:-} != --check ]]; then
	rm -rf authsdk/apidocs/assets/swagger-ui-*
	mkdir -p "$to"
fi
for name in swagger-ui-bundle.js swagger-ui.css LICENSE.txt NOTICE.txt; do
	[[ ${1:-} == --check ]] || gzip -9n <"$tmp/package/$name" >"$to/$name.gz"
	gzip -dc "$to/$name.gz" | cmp - "$tmp/package/$name"
done
