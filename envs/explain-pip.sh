#!/bin/sh
# Printed when pip fails, below its own message.
cat >&2 <<'TEXT'
setup: pip could not install the packages; its reason stands above.
  - No network: connect it, or point PIP_INDEX_URL or PIP_FIND_LINKS at a mirror, and run make again.
  - A compiler error in pydensecrf2: repair the compiler, or go without the dense CRF: make setup CRF=no
TEXT
