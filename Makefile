# make demo and make test do all the set-up themselves; they need Python 3.11 to 3.13 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
OLDEST := .venv-oldest
OLDEST_INSTALLED := $(OLDEST)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test check format test-oldest compare bench tutorial clean

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED)  ## Create .venv with everything that development needs

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"mnist-edge needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)  ## Data, training, evaluation, export, pictures, benchmark, report: everything once, into runs/demo
	$(BIN)/mnist-edge demo -o runs/demo

test: $(INSTALLED) display fashion  ## Run all tests
	$(BIN)/pytest

# Windows are tested for real: on a display in memory, with keys and a mouse that a program moves.
.PHONY: display
display: $(INSTALLED)
	@command -v Xvfb >/dev/null && command -v xdotool >/dev/null && $(BIN)/python -c 'import tkinter' 2>/dev/null || { \
	  echo "Installing xvfb, xdotool and python3-tk for the tests of the windows"; \
	  root=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq xvfb xdotool python3-tk >/dev/null \
	  || { echo "Please install Xvfb, xdotool and Python's Tk with your system's package manager, then try again"; exit 1; }; }

# Pictures that are no digits at all: tests hold what the models refuse against them.
.PHONY: fashion
fashion:
	@test -f /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz || { \
	  echo "Installing dataset-fashion-mnist for the tests of rejection"; \
	  root=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dataset-fashion-mnist >/dev/null \
	  || { echo "Please install Debian's package dataset-fashion-mnist, then try again"; exit 1; }; }

check: $(INSTALLED)  ## Lint, format and type checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory types

# mypy cannot follow the finder of an editable install, so it gets the package as a tree of links.
.PHONY: types
types: $(INSTALLED)
	@rm -rf build/typing && mkdir -p build/typing/mnist_edge
	@ln -s "$(CURDIR)"/src/mnist_edge/* "$(CURDIR)/train" "$(CURDIR)/export" "$(CURDIR)/runtime" build/typing/mnist_edge/
	MYPYPATH=build/typing $(BIN)/mypy -p mnist_edge
	MYPYPATH=build/typing $(BIN)/mypy examples/*.py

format: $(INSTALLED)  ## Reformat the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The oldest numpy has wheels up to Python 3.12.
test-oldest: $(OLDEST_INSTALLED)  ## Run the runtime's tests against the oldest supported dependencies, from a wheel
	$(OLDEST)/bin/pytest tests/runtime -m 'not real'

$(OLDEST_INSTALLED): pyproject.toml constraints-oldest.txt $(shell find runtime src/mnist_edge -name "*.py" -o -name "*.onnx") | $(INSTALLED)
	$(PYTHON) -m venv --clear $(OLDEST)
	rm -rf build/oldest build/lib && $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/oldest .
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-oldest.txt build/oldest/*.whl pytest pytest-timeout hypothesis onnx pillow
	@touch $@

# The packaged models, and the network that teaches them; each takes up to an hour. --resume goes on with what was killed.
# The teacher has a seed of its own, so that it answers pictures that it was not trained on.
MODELS := edge simple_cnn tiny

runs/accurate/metrics.json: | $(INSTALLED)
	$(BIN)/mnist-edge train --arch accurate --recipe best --seed 1 -o runs/accurate --resume

$(MODELS:%=runs/%/metrics.json): runs/%/metrics.json: | runs/accurate/metrics.json $(INSTALLED)
	$(BIN)/mnist-edge train --arch $* --recipe best --teacher runs/accurate -o runs/$* --resume

.PHONY: models $(MODELS:%=model-%)
models: $(MODELS:%=model-%)  ## Train and export the packaged models again, from data to files (hours)

$(MODELS:%=model-%): model-%: runs/%/metrics.json
	$(BIN)/mnist-edge export runs/$* -o runtime/models/$*.onnx

# The other engines come only when they are compared, for tests need none. pnnx asks for PyTorch, a gigabyte, which converting
# an ONNX file does without.
PEERS := $(VENV)/.peers

$(PEERS): pyproject.toml constraints.txt | $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[peers]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps pnnx
	@touch $@

compare: $(MODELS:%=runs/%/metrics.json) $(PEERS)  ## Compare with other engines (10 minutes, a quiet machine; trains what is not trained), render the documents
	$(BIN)/python benchmarks/compare.py
	$(BIN)/python benchmarks/render_docs.py

bench: $(MODELS:%=runs/%/metrics.json) $(PEERS)  ## Measure README and docs again on this machine; takes hours and a quiet machine
	for script in compare startup install_size fit_xla recipes seeds evaluation confidence scenes picture_path picture_speed rejection robustness transfer models quantization architectures tuning latency; do $(BIN)/python benchmarks/$$script.py || exit 1; done
	$(BIN)/python benchmarks/render_docs.py

tutorial: $(INSTALLED)  ## Run the tutorials' commands on real MNIST and put what they print and draw into docs/
	rm -rf runs/tutorial
	$(BIN)/python benchmarks/tutorial.py --folder runs/tutorial
	$(BIN)/python benchmarks/render_docs.py

clean:  ## Remove everything that make has made, runs/ excepted
	rm -rf $(VENV) $(OLDEST) build dist *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
