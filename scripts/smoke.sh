#!/usr/bin/env bash
# Builds the server, starts it on a free port with a temporary store, and walks through a session with
# curl: login, me, refresh, the spent token again, logout, both tokens refused; with the tokens in the
# body, and again in cookies; then as an OAuth client. It prints what it does and stops at the first answer that is not right.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v curl >/dev/null || { echo "smoke: curl is missing" >&2; exit 1; }

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
echo 'correct horse' | "$dir/authsdk" user add alice --role admin --scope read --password-stdin
secret=$("$dir/authsdk" client add reports --scope read --audience https://reports.example --grant client_credentials --grant introspection | tail -n 1)
"$dir/authsdk" serve --addr 127.0.0.1:0 --issuer http://auth.example --drain-delay 0s --log-format json 2>"$dir/log" &
pid=$!
url=
for _ in $(seq 100); do
	url=$(sed -n 's/.*"msg":"serving","addr":"\([^"]*\)".*/http:\/\/\1/p' "$dir/log")
	[[ -n $url ]] && break
	sleep 0.1
done
[[ -n $url ]] || { echo "smoke: the server did not start" >&2; exit 1; }

# call STATUS WHAT CURL-ARGUMENTS… sends a request; the answer is in $dir/head and $dir/body.
call() {
	local want=$1 what=$2 got
	shift 2
	got=$(curl -sS -o "$dir/body" -D "$dir/head" -w '%{http_code}' "$@")
	printf '%-46s %s\n' "$what" "$got"
	[[ $got == "$want" ]] || { echo "smoke: $what answered $got, not $want: $(cat "$dir/body")" >&2; exit 1; }
}
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/body"; }
cookie() { sed -n "s/^[Ss]et-[Cc]ookie: $1=\([^;]*\);.*/\1/p" "$dir/head"; }
# generation TOKEN reads the claim gen.
generation() {
	local payload=${1#*.}
	payload=$(printf '%s' "${payload%.*}" | tr '_-' '/+')
	while ((${#payload} % 4)); do payload+='='; done
	printf '%s' "$payload" | base64 -d | sed -n 's/.*"gen":\([0-9]*\).*/\1/p'
}
same() { [[ -n $2 && $2 == "$3" ]] || { echo "smoke: $1: '$2' and '$3' should be the same" >&2; exit 1; }; }

call 200 "ready" "$url/readyz"
call 200 "openapi.yaml" "$url/openapi.yaml"
call 200 "key set" "$url/.well-known/jwks.json"

echo "-- tokens in the body"
json='Content-Type: application/json'
call 401 "login with a wrong password" "$url/auth/login" -H "$json" -d '{"username":"alice","password":"wrong horse"}'
call 200 "login" "$url/auth/login" -H "$json" -d '{"username":"alice","password":"correct horse"}'
access=$(member access_token) refresh=$(member refresh_token)
call 200 "me" "$url/auth/me" -H "Authorization: Bearer $access"
call 401 "me with the refresh token" "$url/auth/me" -H "Authorization: Bearer $refresh"
call 200 "refresh" -X POST "$url/auth/refresh" -H "Authorization: Bearer $refresh"
successor=$(member refresh_token) access=$(member access_token)
call 200 "the spent refresh token, within the grace" -X POST "$url/auth/refresh" -H "Authorization: Bearer $refresh"
same "generations" "$(generation "$successor")" "$(generation "$(member refresh_token)")"
same "generation" 1 "$(generation "$successor")"
call 204 "logout" -X POST "$url/auth/logout" -H "Authorization: Bearer $access"
call 401 "me after logout" "$url/auth/me" -H "Authorization: Bearer $access"
same "code" token_revoked "$(member code)"
call 401 "refresh after logout" -X POST "$url/auth/refresh" -H "Authorization: Bearer $successor"
same "code" token_revoked "$(member code)"

echo "-- tokens in cookies"
call 200 "login" "$url/auth/login" -H "$json" -d '{"username":"alice","password":"correct horse","delivery":"cookie"}'
access=$(cookie __Host-access_token) refresh=$(cookie __Host-refresh_token)
csrf=$(member csrf_token) refresh_csrf=$(member refresh_csrf_token)
call 200 "me" "$url/auth/me" -H "Cookie: __Host-access_token=$access"
call 403 "refresh without the CSRF value" -X POST "$url/auth/refresh" -H "Cookie: __Host-refresh_token=$refresh"
call 200 "refresh" -X POST "$url/auth/refresh" -H "Cookie: __Host-refresh_token=$refresh" -H "X-CSRF-Token: $refresh_csrf"
successor=$(cookie __Host-refresh_token) access=$(cookie __Host-access_token)
call 200 "the spent refresh token, within the grace" -X POST "$url/auth/refresh" -H "Cookie: __Host-refresh_token=$refresh" -H "X-CSRF-Token: $refresh_csrf"
same "generations" "$(generation "$successor")" "$(generation "$(cookie __Host-refresh_token)")"
same "generation" 1 "$(generation "$successor")"
call 403 "logout without the CSRF value" -X POST "$url/auth/logout" -H "Cookie: __Host-access_token=$access"
call 204 "logout" -X POST "$url/auth/logout" -H "Cookie: __Host-access_token=$access" -H "X-CSRF-Token: $csrf"
call 401 "me after logout" "$url/auth/me" -H "Cookie: __Host-access_token=$access"
same "code" token_revoked "$(member code)"
call 401 "refresh after logout" -X POST "$url/auth/refresh" -H "Cookie: __Host-refresh_token=$successor" -H "X-CSRF-Token: $refresh_csrf"
same "code" token_revoked "$(member code)"

echo "-- an OAuth client"
call 200 "metadata" "$url/.well-known/oauth-authorization-server"
same "token endpoint" http://auth.example/auth/token "$(member token_endpoint)"
call 401 "token with a wrong secret" "$url/auth/token" -u reports:wrong -d grant_type=client_credentials
same "error" invalid_client "$(member error)"
call 400 "token by password" "$url/auth/token" -u "reports:$secret" -d grant_type=password -d username=alice -d password=secret
same "error" unsupported_grant_type "$(member error)"
call 200 "token" "$url/auth/token" -u "reports:$secret" -d grant_type=client_credentials -d scope=read
service=$(member access_token)
same "scope" read "$(member scope)"
call 200 "introspect" "$url/auth/introspect" -u "reports:$secret" -d "token=$service"
same "client" reports "$(member client_id)"
call 401 "me with the token for another audience" "$url/auth/me" -H "Authorization: Bearer $service"
call 200 "revoke" "$url/auth/revoke" -u "reports:$secret" -d "token=$service"
call 200 "introspect" "$url/auth/introspect" -u "reports:$secret" -d "token=$service"
same "answer" '{"active":false}' "$(cat "$dir/body")"
call 200 "login" "$url/auth/login" -H "$json" -d '{"username":"alice","password":"correct horse"}'
call 200 "token by refresh" "$url/auth/token" -d grant_type=refresh_token -d "refresh_token=$(member refresh_token)"
refresh=$(member refresh_token)
call 200 "revoke" "$url/auth/revoke" -d "token=$refresh"
call 400 "token by refresh after that" "$url/auth/token" -d grant_type=refresh_token -d "refresh_token=$refresh"
same "error" invalid_grant "$(member error)"

kill -TERM "$pid"
wait "$pid" || { echo "smoke: the server ended with $?" >&2; exit 1; }
pid=
for secret in "correct horse" "wrong horse" "$access" "$successor" "$csrf" "$secret" "$service" "$refresh"; do
	if grep -qF -- "$secret" "$dir/log"; then echo "smoke: the log shows a secret" >&2; exit 1; fi
done
echo "smoke: all good"
