#!/usr/bin/env bash
# Kills a writer with SIGKILL and checks what is left, ROUNDS times on the same store.
#   WRITE_DURATION=10 bash run.sh
# WRITE_DURATION  seconds of writing before each kill (default 5)
# ROUNDS          how often (default 1)
# SEED            repeats the contents of an earlier run; printed when it is not given
# Exit code 0 when every loss is within the bound and everything else is as committed, otherwise 1.
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PWD/../node_modules/.bin:$PATH"

duration_s=${WRITE_DURATION:-5}
rounds=${ROUNDS:-1}
seed=${SEED:-$RANDOM}

[[ -f dist/kill/writer.js ]] || npm run --silent --prefix .. build

directory=$(mktemp -d)
writer=
cleanup() {
  [[ -z $writer ]] || kill -KILL "$writer" 2>/dev/null || true
  rm -rf "$directory"
}
trap cleanup EXIT

echo "seed $seed, $rounds rounds of $duration_s s"
for ((round = 1; round <= rounds; round++)); do
  rm -f "$directory/progress"
  node dist/kill/writer.js "$directory" "$seed" &
  writer=$!
  # A slow machine takes a while to start the process; its time counts from the first commit.
  until [[ -s $directory/progress ]]; do
    kill -0 "$writer" 2>/dev/null || { echo 'The writer ended by itself.' >&2; exit 1; }
    sleep 0.05
  done
  sleep "$duration_s"
  kill -0 "$writer" 2>/dev/null || { echo 'The writer ended by itself.' >&2; exit 1; }
  kill -KILL "$writer"
  wait "$writer" 2>/dev/null || true
  writer=
  node dist/kill/recovery.js "$directory" "$seed"
done
