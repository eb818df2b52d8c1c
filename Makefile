# Two commands for everybody: `make demo` runs the shop, `make test` proves it. They need python3 >= 3.11 with venv.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# Parts of the product that tests run with; one worker per core, at most four.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)
PYTEST_ARGS ?=
# The system's certificates, as pip takes them: where a company looks into its traffic, uv's own know nobody.
INSTALL := $(BIN)/uv pip sync --quiet --require-hashes --system-certs --python $(BIN)/python
# What a shop on the internet would set: the deploy check is asked about that, not about a laptop.
AS_DEPLOYED := env DATA_DIR=/nonexistent SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	PUBLIC_URL=https://shop.example ALLOWED_HOSTS=shop.example BEHIND_PROXY=1 DATABASE_URL=postgresql://shop@db/shop \
	REDIS_URL=redis://redis:6379 METRICS_TOKEN=x STRIPE_API_KEY=sk_live_x STRIPE_WEBHOOK_SECRET=whsec_x

.PHONY: demo test soak lint pytest fire messages format install install-dev clean

demo: install
	@exec $(BIN)/python manage.py demo --port $(PORT) $(if $(FRESH),--fresh)

test: install-dev lint pytest

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(AS_DEPLOYED) $(BIN)/mypy apps chatshop
	$(BIN)/djlint templates --lint --quiet
	$(AS_DEPLOYED) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(AS_DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(AS_DEPLOYED) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

# Tests that kill processes or measure are not run beside others: they come alone, afterwards.
pytest: install-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not fire and not soak" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m "fire and not soak" $(PYTEST_ARGS)

# The short reliability set alone.
fire: install-dev
	$(BIN)/python -m pytest -m "fire and not soak" $(PYTEST_ARGS)

# The long runs: more kills, more data, every channel in every language. They print figures.
soak: install-dev
	$(BIN)/python -m pytest -m "soak" -s --timeout=7200 $(PYTEST_ARGS)

# New words into the catalogues of every app, and what Django reads of them.
messages: install-dev
	$(BIN)/python -m chatshop.words --new

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A developer's environment holds everything the demo needs; it is left as it is.
install: $(if $(wildcard $(VENV)/.dev),install-dev,$(VENV)/.runtime)
	@$(BIN)/python -m chatshop.words

install-dev: $(VENV)/.dev
	@$(BIN)/python -m chatshop.words

$(VENV)/.uv: locks/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chatshop needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --disable-pip-version-check -r locks/uv.txt
	@touch $@

# uv removes what the lock does not name, itself included: it is asked to stay.
$(VENV)/.runtime: $(VENV)/.uv locks/requirements.txt
	@cat locks/uv.txt locks/requirements.txt > $(VENV)/wanted.txt
	@$(INSTALL) $(VENV)/wanted.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.uv locks/dev.txt
	@cat locks/uv.txt locks/dev.txt > $(VENV)/wanted.txt
	@$(INSTALL) $(VENV)/wanted.txt
	@touch $@

clean:
	rm -rf $(VENV) .data .artifacts
