# Everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test` do the set-up.
PYTHON ?= python3
READY = .venv/ready

.PHONY: demo test lint types bench clean

demo: $(READY)  ## watch a real video being made, with no account anywhere
	.venv/bin/sora-bot demo

test: $(READY)  ## run every test
	.venv/bin/python -m pytest -n 2

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: $(READY)
	.venv/bin/mypy

bench: $(READY)  ## measure, against the simplest possible bot
	.venv/bin/python -m tests.benchmarks

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf .venv build dist *.egg-info
