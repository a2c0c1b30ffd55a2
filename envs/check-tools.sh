#!/bin/sh
# Say what is missing before pip starts.  usage: check-tools.sh PYTHON CRF
python=$1 crf=$2
fail() { echo "setup: $1" >&2; exit 1; }

command -v "$python" >/dev/null || fail "$python is not there; install Python 3.11 or newer, or name one: make PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "$($python --version) is too old; install Python 3.11 or newer, or name one: make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null \
  || fail "$python has no venv; install it (Debian: apt-get install python3-venv)"
[ "$crf" = no ] || command -v "${CC:-cc}" >/dev/null || command -v gcc >/dev/null \
  || fail "no C compiler, which the dense CRF needs; install one (Debian: apt-get install gcc), or go without: make setup CRF=no and use 'method: par' for masks"
[ "$crf" = no ] || "$python" -c 'import pathlib, sys, sysconfig; sys.exit(not (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").exists())' \
  || fail "Python.h is missing, which the dense CRF needs; install it (Debian: apt-get install python3-dev), or go without: make setup CRF=no"
