# run, test and check are all that most people need; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run pictures test check bench bench-console fmt fit eval chaos fuzz clean

run: $(VENV)/.run
	$(BIN)/python run.py

# Optional: read the pictures that residents send (about 500 MB of memory).
pictures: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-pictures.txt

test: $(VENV)/.dev
	$(BIN)/pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python run.py check

bench: $(VENV)/.dev
	$(BIN)/python tools/bench.py
	CHAOS_GROUPS=1000 $(BIN)/pytest -q -s tests/journeys/test_chaos.py -k latency

# A year of data is made (about 30 s), then every page of the console is asked 40 times.
bench-console: $(VENV)/.dev
	$(BIN)/python tools/bench_console.py

# Workers killed 100 times in a send to 1,000 groups; what the groups received is compared.
chaos: $(VENV)/.dev
	CHAOS_KILLS=100 CHAOS_GROUPS=1000 $(BIN)/pytest -s tests/journeys/test_chaos.py

# Sound signatures, broken insides: ten minutes for each callback address.
fuzz: $(VENV)/.dev
	$(BIN)/python tools/fuzz.py

fmt: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Fit the judge's numbers anew after larger changes of knowledge/ or tests/data/corpus/.
fit: $(VENV)/.dev
	$(BIN)/python tools/fit_judge.py

eval: $(VENV)/.dev
	$(BIN)/python run.py eval tests/data/own/questions.jsonl --half even

$(VENV)/.run: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache data
