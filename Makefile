# Everything a fresh Debian or Ubuntu machine needs is set up by the first command that needs it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help serve test bench bench-faults lint format lock clean

help:
	@echo "make serve   run Farhand with demo data and print three links (HTTPS=1 for phones)"
	@echo "make test    lint, types, import rules and all tests"
	@echo "make bench   the figures, one JSON object a line"
	@echo "make bench-faults   the figures of faults, as root"

$(VENV)/.serve: requirements.lock pyproject.toml .ci/set-up
	@.ci/set-up serve

$(VENV)/.test: requirements-dev.lock pyproject.toml .ci/set-up
	@.ci/set-up test

serve: $(VENV)/.serve
ifeq ($(HTTPS),1)
	@FARHAND_TLS_CERTIFICATE=var/tls/self-signed.pem FARHAND_TLS_KEY=var/tls/self-signed.key; \
	$(BIN)/farhand certificate var/tls > /dev/null && \
	export FARHAND_TLS_CERTIFICATE FARHAND_TLS_KEY && exec $(BIN)/farhand serve --demo
else
	@exec $(BIN)/farhand serve --demo
endif

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	tsc -p static/js/tsconfig.json

test: lint
	$(BIN)/pytest

bench: $(VENV)/.test
	@$(BIN)/python -m tests.bench

bench-faults: $(VENV)/.test
	@$(BIN)/python -m tests.bench.faults

format: $(VENV)/.test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# New exact versions, with hashes, and no address of any package index.
lock:
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade \
	  --extra build --extra dev --extra postgresql -o requirements-dev.lock
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --extra build --extra postgresql -c requirements-dev.lock -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
