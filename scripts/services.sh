#!/usr/bin/env bash
# Starts the servers that tests of the stores need, where nothing answers at their usual address: by docker
# compose, or else those that are installed here, on loopback, with their data under .tmp/services.
set -euo pipefail
cd "$(dirname "$0")/.."

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
wait_for() {
	for _ in $(seq 300); do
		if answers "$2"; then return; fi
		sleep 0.1
	done
	echo "$1 does not answer on 127.0.0.1:$2" >&2
	exit 1
}

if answers 5432 && answers 3306 && answers 6379; then exit 0; fi
if docker compose version >/dev/null 2>&1; then exec docker compose up --detach --wait; fi

data=$PWD/.tmp/services
mkdir -p "$data"
# PostgreSQL refuses to run as root, and MariaDB wants to be asked.
as() { if ((EUID == 0)); then chown -R "$1" "$data/$2" && runuser -u "$1" -- "${@:3}"; else "${@:3}"; fi; }
if ((EUID == 0)); then chmod 755 "$data"; fi

if ! answers 5432; then
	bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
	mkdir -p "$data/postgres"
	if [[ ! -e $data/postgres/db ]]; then
		as postgres postgres "${bin:+$bin/}initdb" --auth=trust --username=postgres --encoding=UTF8 --pgdata="$data/postgres/db" >/dev/null
	fi
	as postgres postgres "${bin:+$bin/}pg_ctl" --pgdata="$data/postgres/db" --log="$data/postgres/log" --wait \
		--options="-h 127.0.0.1 -p 5432 -k $data/postgres" start >/dev/null
	as postgres postgres "${bin:+$bin/}createdb" --host=127.0.0.1 --username=postgres test 2>/dev/null || true
fi
if ! answers 3306; then
	mkdir -p "$data/mysql"
	if [[ ! -e $data/mysql/db ]]; then
		as mysql mysql mariadb-install-db --no-defaults --datadir="$data/mysql/db" --auth-root-authentication-method=normal >/dev/null
	fi
	as mysql mysql mariadbd --no-defaults --datadir="$data/mysql/db" --bind-address=127.0.0.1 --port=3306 \
		--socket="$data/mysql/socket" --pid-file="$data/mysql/pid" >"$data/mysql.log" 2>&1 &
	wait_for MariaDB 3306
	mariadb --no-defaults --host=127.0.0.1 --user=root --execute='CREATE DATABASE IF NOT EXISTS test'
fi
if ! answers 6379; then
	mkdir -p "$data/redis"
	redis-server --bind 127.0.0.1 --port 6379 --dir "$data/redis" --save '' --daemonize yes >/dev/null
	wait_for Redis 6379
fi
