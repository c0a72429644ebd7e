#!/usr/bin/env bash
# Puts the peers that are no code of ours into build/peers, which git ignores: AWS' random cut forest from Maven Central, river from PyPI.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../../.." && pwd)/build/peers"
mkdir -p "$root"

if ! [ -e "$root/forest" ]; then
  echo "installing AWS' random cut forest from Maven Central" >&2
  new="$(mktemp -d "$root/.new-XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  mvn -q -B -C -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$new" >&2
  (cd "$new" && sha256sum --quiet -c "$here/jars.sha256")
  javac -nowarn -cp "$new/*" -d "$new" "$here/Forest.java" 2>&1 | grep -v '^Note' >&2 || true
  [ -e "$new/Forest.class" ]
  mv "$new" "$root/forest"
fi

if ! [ -x "$root/venv/bin/python" ]; then
  echo 'installing river from PyPI' >&2
  python3 -m venv "$root/venv"
  "$root/venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
fi
