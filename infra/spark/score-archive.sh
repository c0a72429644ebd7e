#!/usr/bin/env bash
# Scores an archive of time series on a Spark cluster, or learns the states of its series, with the scorer of `nightshift score`.
set -euo pipefail

usage() {
  cat <<'END'
Usage: score-archive.sh score|learn --archive <path> --out <path> [options] [-- options of spark-sql]

  --archive <path>   where the samples are: anything that Spark can read
  --out <path>       where to write; a folder that holds anything already is refused
  --samples <what>   csv, parquet, or a file of SQL that defines the view samples (series, timestamp, value) (default: csv)
  --tz <zone>        of times without an offset, of hours and weekdays (default: UTC)
  --kind <kind>      gauge or counter (default: gauge)
  --max-false-alarms-per-week <number>   accepted per series (default: 1)
  --tell <what>      all; or new: what comes back counts less and less (default: all)
  --node <program>   Node 20 or newer on the executors (default: node)
  --compression <codec>   of what is written: none, gzip, bzip2, lz4, snappy (default: none)

spark-sql is taken from SPARK_HOME, else from PATH.
Exit codes: 0 done, 1 the job failed, 2 used wrongly.

  score-archive.sh score --archive s3a://metrics/2026/ --out s3a://metrics/scored/2026/ -- --master yarn
END
}
wrong() {
  echo "score-archive.sh: $1" >&2
  usage >&2
  exit 2
}

here="$(cd "$(dirname "$0")" && pwd)"
what="${1:-}"
case "$what" in
  score | learn) shift ;;
  -h | --help) usage && exit 0 ;;
  *) wrong "score or learn, and not '$what'" ;;
esac
archive='' out='' samples=csv tz=UTC kind=gauge per_week=1 tell=all node=node compression=none
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  if [ $# -lt 2 ] || [ "$2" = -- ]; then wrong "$1 has no value"; fi
  case "$1" in
    --archive) archive="$2" ;;
    --out) out="$2" ;;
    --samples) samples="$2" ;;
    --tz) tz="$2" ;;
    --kind) kind="$2" ;;
    --max-false-alarms-per-week) per_week="$2" ;;
    --tell) tell="$2" ;;
    --node) node="$2" ;;
    --compression) compression="$2" ;;
    *) wrong "there is no option $1" ;;
  esac
  shift 2
done
if [ "${1:-}" = -- ]; then shift; fi

# All of these become part of SQL, and some of a command line on every executor: nothing that would end a quotation there.
plain() { if ! [[ "$2" =~ ^$3$ ]]; then wrong "$1 is not possible: '$2'"; fi; }
plain --archive "$archive" '[^'"'"'`"\\;$]+'
plain --out "$out" '[^'"'"'`"\\;$]+'
plain --tz "$tz" '[A-Za-z0-9_+/-]+'
plain --kind "$kind" '(gauge|counter)'
plain --max-false-alarms-per-week "$per_week" '[0-9]+(\.[0-9]+)?'
plain --tell "$tell" '(all|new)'
plain --node "$node" '[A-Za-z0-9_./-]+'
plain --compression "$compression" '(none|gzip|bzip2|lz4|snappy)'
case "$samples" in
  csv | parquet) samples="$here/samples-$samples.sql" ;;
esac
if ! [ -r "$samples" ]; then wrong "$samples cannot be read"; fi

spark="${SPARK_HOME:+$SPARK_HOME/bin/}spark-sql"
if ! command -v "$spark" > /dev/null; then wrong "$spark is not there; set SPARK_HOME"; fi
# Spark makes a folder for tables even where it keeps none; what is made here goes with the job.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
# Not ADD FILE: what a session of Spark 4 adds is not where its scripts run. A sample costs more here than in what Spark's sizes are
# made for: smaller tasks keep every core busy to the end. The caller's options come last and win.
"$spark" --files "$here/scorer.mjs" \
  --conf spark.sql.catalogImplementation=in-memory --conf "spark.sql.warehouse.dir=file://$scratch/tables" \
  --conf "spark.sql.session.timeZone=$tz" --conf spark.sql.adaptive.advisoryPartitionSizeInBytes=16MB "$@" --hiveconf "hive.downloaded.resources.dir=$scratch/resources" \
  -d "archive=$archive" -d "out=$out" -d "tz=$tz" -d "kind=$kind" -d "per_week=$per_week" -d "tell=$tell" -d "node=$node" \
  -d "compression=$compression" -i "$samples" -i "$here/ordered.sql" -f "$here/$what.sql" < /dev/null &
job=$!
# Whoever ends the launcher means the job.
trap 'kill "$job"' INT TERM
status=0
wait "$job" || status=$?
# A signal ends the waiting before it ends the job.
if kill -0 "$job" 2> /dev/null; then
  status=0
  wait "$job" || status=$?
fi
if [ "$status" = 0 ]; then exit 0; fi
echo "score-archive.sh: the job failed, and nothing that it wrote counts; Spark says above why" >&2
exit 1
