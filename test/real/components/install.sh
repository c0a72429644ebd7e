#!/usr/bin/env bash
# Puts the components that no Debian package has into build/components, which git ignores: Kafka and the JMX agent from Maven
# Central, Spark from PyPI, an old Node from npm. Each is checked against the sums in this folder. What is there already is left alone.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../../.." && pwd)/build/components"
mkdir -p "$root"
# Put in its place as a whole: what a broken download left behind is no component.
new="$(mktemp -d "$root/.new-XXXXXX")"
trap 'rm -rf "$new"' EXIT

if ! [ -e "$root/kafka" ]; then
  echo 'installing Kafka and the JMX agent from Maven Central'
  mvn -q -B -C -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DoutputDirectory="$new/kafka/libs" >&2
  (cd "$new/kafka/libs" && sha256sum --quiet -c "$here/jars.sha256")
  mkdir "$new/kafka/agent" && mv "$new"/kafka/libs/jmx_prometheus_javaagent-*.jar "$new/kafka/agent/jmx.jar"
  cp -r "$here/kafka/." "$new/kafka"
  while read -r tool class; do
    printf '#!/bin/bash\nexec "$(dirname "$(readlink -f "$0")")/kafka-run-class.sh" %s "$@"\n' "$class" >"$new/kafka/bin/$tool.sh"
  done <"$here/kafka/tools.txt"
  chmod +x "$new"/kafka/bin/*.sh
  mv "$new/kafka" "$root/kafka"
fi

if ! [ -e "$root/spark" ]; then
  echo 'installing Spark from PyPI'
  python3 -m venv "$new/venv"
  "$new/venv/bin/pip" install -q --disable-pip-version-check --no-deps --target "$new/site" -r "$here/requirements.txt"
  mv "$new/site/pyspark" "$root/spark"
fi

if ! [ -e "$root/node20" ]; then
  echo 'installing Node 20 from npm'
  cp -r "$here/node20" "$new/node20"
  npm ci --prefix "$new/node20" --no-audit --no-fund >&2
  mv "$new/node20" "$root/node20"
fi
