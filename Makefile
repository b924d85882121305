# Everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test` do the set-up.
PYTHON ?= python3
READY = .venv/ready

.PHONY: demo demo-all test test-slow test-all lint types bench pictures clean

demo: $(READY)  ## watch a real video being made, with no account anywhere
	.venv/bin/sora-bot demo

demo-all: $(READY)  ## the same in the terminal, with every model of the catalogue
	@for model in $$(.venv/bin/python -c 'from bot.catalogue import load_catalogue as load; print(*load())'); do \
		.venv/bin/sora-bot demo --headless --speed 60 --model $$model || exit 1; \
	done

test: $(READY)  ## run every test but the slow ones
	.venv/bin/python -m pytest -n 3 --dist worksteal -m "not slow"

test-slow: $(READY)  ## run the slow tests alone
	.venv/bin/python -m pytest -n 3 --dist worksteal -m slow

test-all: test test-slow  ## run every test

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: $(READY)
	.venv/bin/mypy

bench: $(READY)  ## measure, against the simplest possible bot
	.venv/bin/python -m tests.benchmarks

pictures: $(READY)  ## make the README's pictures anew (needs Chromium)
	.venv/bin/python -m tests.browser.pictures docs/pictures

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf .venv build dist *.egg-info
