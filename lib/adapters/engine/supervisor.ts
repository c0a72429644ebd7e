/**
 * The bash that stands between Nightshift and a script, in a session of its own, and outlives Nightshift. Called with the
 * execution's folder, the timeout in seconds and the script's command line. It leaves in the folder, each file whole or not
 * there at all (written beside, synced, renamed):
 *
 *  - `supervisor`: pid, birth (clock ticks since boot, from /proc; empty elsewhere), boot id, time of start in ms. Written
 *    before the script is begun, and it ends when it cannot: no `supervisor`, nothing was run;
 *  - `script`: pid and birth of the script, which leads its own process group;
 *  - `why`: `timed-out` or `cancelled`, written before the group gets TERM and, five seconds later, KILL;
 *  - `exit`: why, exit code (128 + signal where one ended it), time of end in ms.
 *
 * It looks for a file `cancel`. Output above 4 MiB is cut back to 1 MiB, so that a script cannot fill the disk; both files
 * are appended to, therefore the cut holds. What a finished script left running stays: it may be the restarted service.
 */
export const SUPERVISOR = `#!/bin/bash
folder="$1" timeout="$2"
shift 2

now() {
  local time="\${EPOCHREALTIME:-$(date +%s).000000}"
  time="\${time/[.,]/}"
  printf '%s' "\${time%???}"
}
born() {
  local stat
  stat="$(cat "/proc/$1/stat" 2> /dev/null)" || return 0
  set -- \${stat##*) }
  printf '%s' "\${20}"
}
keep() {
  printf '%s\\n' "$2" > "$folder/$1.new" || return 1
  sync "$folder/$1.new" 2> /dev/null || true
  mv -f "$folder/$1.new" "$folder/$1" || return 1
  sync "$folder" 2> /dev/null || true
}
trim() {
  local size
  size="$(wc -c < "$1")" || return 0
  if [ "$size" -gt 4194304 ]; then truncate -s 1048576 "$1"; fi
}
finish() {
  keep why "$1"
  kill -TERM -- "-$child"
  for _ in {1..50}; do
    kill -0 -- "-$child" 2> /dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$child"
}
watch() {
  trap - TERM INT HUP
  local ends=$((SECONDS + timeout))
  # It may be all that is left of a killed supervisor: it must not outlive the script, whose pid another may get.
  while sleep 0.2 && kill -0 "$child" && [ "$(born "$child")" = "$birth" ]; do
    trim "$folder/stdout"
    trim "$folder/stderr"
    if [ -e "$folder/cancel" ]; then finish cancelled; return; fi
    if [ "$SECONDS" -ge "$ends" ]; then finish timed-out; return; fi
  done
}

# A stopped service manager must not leave a script without a witness. The signals are ignored rather than trapped: a
# trapped one that comes with the end of the script makes bash forget how it ended (5.2: wait answers -1 from then on).
trap '' TERM INT HUP
boot="$(cat /proc/sys/kernel/random/boot_id 2> /dev/null)"
keep supervisor "$$,$(born $$),$boot,$(now)" || exit 1
# Job control gives the script a process group of its own.
set -m
(trap - TERM INT HUP; exec "$@") < /dev/null >> "$folder/stdout" 2>> "$folder/stderr" &
child=$!
birth="$(born "$child")"
keep script "$child,$birth"
watch < /dev/null > /dev/null 2>&1 &
watcher=$!
while :; do
  wait "$child"
  code=$?
  # Under job control a script that was only stopped ends the wait too.
  kill -0 "$child" 2> /dev/null || break
  sleep 0.2
done
ended="$(now)"
if [ -e "$folder/why" ]; then wait "$watcher"; else kill "$watcher"; fi
why="$(cat "$folder/why" 2> /dev/null || printf exited)"
for _ in {1..60}; do
  keep exit "$why,$code,$ended" && break
  sleep 1
done
`;
