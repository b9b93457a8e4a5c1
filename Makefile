# What a clone can do with Python, make and git alone. `make` prints the list.

VENV ?= .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Names of photos hold spaces and dollar signs: they travel through the environment, where make and the shell leave them alone.
POSTCARD := examples/postcard.jpg
export LANDMARK_DEMO_PHOTO := $(if $(value PHOTO),$(value PHOTO),$(POSTCARD))

.DEFAULT_GOAL := help
.PHONY: help demo serve install check test coverage soak portability docs refit images

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.base-installed ## where was this photo taken? make demo PHOTO=path/to/photo.jpg
	@case "$$LANDMARK_DEMO_PHOTO" in "~/"*) LANDMARK_DEMO_PHOTO="$$HOME/$${LANDMARK_DEMO_PHOTO#??}";; esac; \
	$(BIN)/landmark locate -- "$$LANDMARK_DEMO_PHOTO"

serve: $(VENV)/.serve-installed ## answer photos over HTTP, with a page to drop them on: make serve ARGS="--port 9000"
	@$(BIN)/landmark serve $(ARGS)

install: $(VENV)/.dev-installed ## everything for training and developing (PyTorch included) into .venv

check: $(VENV)/.dev-installed ## check style, types and the order of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Counting lines costs an eighth of the time by tracing; from Python 3.12 on it is monitored, at hardly any cost.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile
COUNTED_BY = $(shell $(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")')

test: check ## check, then run the tests; some only: make test ARGS="tests/geo -x"
	COVERAGE_CORE=$(COUNTED_BY) $(PYTEST) --cov --cov-report= $(ARGS)
	@echo "Lines covered by these tests: $$($(BIN)/coverage report --format=total) %"

coverage: $(VENV)/.dev-installed ## run the tests and print what share of the lines they cover, module by module
	$(PYTEST) --cov --cov-report=term:skip-covered $(ARGS)

soak: $(VENV)/.dev-installed ## run what takes too long for `make test`: killing processes, large albums, fuzzing, installs
	$(PYTEST) -m soak $(ARGS)

# Numbers differ in their last digits with threads and instruction sets; no test may depend on them.
OTHERS := OMP_NUM_THREADS=1 OMP_NUM_THREADS=2 OPENBLAS_CORETYPE=Haswell ONEDNN_MAX_CPU_ISA=AVX2
NUMERIC ?= tests/metrics tests/model tests/dataset tests/scoring tests/fitting tests/training

portability: $(VENV)/.dev-installed ## run the numeric tests as on other processors; all of them: NUMERIC=tests
	for setting in $(OTHERS); do \
	  echo "== $$setting"; env "$$setting" $(PYTEST) $(NUMERIC) $(ARGS) || exit 1; \
	done

docs: $(VENV)/.dev-installed ## write docs/reference and docs/recipe.md again, from --help, docstrings and settings
	$(BIN)/python dev/reference.py

refit: $(VENV)/.dev-installed ## fit the weights of evidence again, after a change of the model (needs ../shared; minutes)
	$(BIN)/python dev/refit_evidence.py $(ARGS)

images: $(VENV)/.dev-installed ## draw the pictures of the documents again (charts of ../shared where it is there)
	$(BIN)/python benchmarks/report_images.py
	$(BIN)/python benchmarks/page_images.py
	$(BIN)/python benchmarks/review_picture.py
	$(BIN)/python benchmarks/terminal_picture.py

# The stamps make a second run quick: pip is asked again only when pyproject.toml has changed.
$(VENV)/.base-installed: pyproject.toml | $(BIN)/python
	@echo "Installing landmark into $(VENV), without PyTorch ..." >&2
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.serve-installed: pyproject.toml | $(BIN)/python
	@echo "Installing landmark with its server into $(VENV), without PyTorch ..." >&2
	@$(PIP) install --quiet --editable '.[serve]'
	@touch $(VENV)/.base-installed $@

$(VENV)/.dev-installed: pyproject.toml | $(BIN)/python
	@echo "Installing landmark into $(VENV) with all that training and the tests need (PyTorch: some minutes) ..." >&2
	$(PIP) install --editable '.[dev]' --editable ./weights
	@touch $(VENV)/.base-installed $(VENV)/.serve-installed $@

# The first of these that is new enough and can make environments; `make demo PYTHON=...` names another.
PYTHON ?= python3.11 python3.12 python3.13 python3 python
ABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# An environment whose Python has gone is dead and is made anew; a folder that is not an environment is never cleared.
$(BIN)/python:
	@for python in $(PYTHON); do \
	  if "$$python" -c '$(ABLE)' 2>/dev/null; then \
	    exec "$$python" -m venv $(if $(wildcard $(VENV)/pyvenv.cfg),--clear) $(VENV); \
	  fi; \
	done; \
	echo "landmark needs Python 3.11 or newer, with its venv module." >&2; \
	echo "Tried: $(PYTHON). Found:" >&2; \
	for python in $(PYTHON); do \
	  version=$$("$$python" --version 2>/dev/null) && echo "  $$python: $$version" >&2; \
	done; \
	echo "Install it (Debian and Ubuntu: apt install python3.11 python3.11-venv) or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	exit 1
