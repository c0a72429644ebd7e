#!/bin/bash
# As in Kafka's own distribution, which is not on Maven Central: a class with the jars, the options from the environment.
set -euo pipefail
home="$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)"
# Split on purpose: these hold several options.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="${KAFKA_LOG4J:-$home/config/tools-log4j2.xml}" \
  ${KAFKA_OPTS:-} -cp "$home/libs/*" "$@"
