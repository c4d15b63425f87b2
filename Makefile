# One door to every task: `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
INSTALLED := .venv/.installed
SOURCES := app training release tests tools benchmarks docker/healthcheck.py wsgi.py gunicorn.conf.py

# The first Python on the path that is new enough and can make virtual environments.
FIND_PYTHON = for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; \
	done
PYTHON ?= $(shell $(FIND_PYTHON))

# Takes the variables of .env where there is one; what the environment says already stays.
LOAD_ENV = said=$$(export -p); set -ea; if [ -f .env ]; then . ./.env; fi; eval "$$said"; set +a;

FLASK := $(BIN)/flask --app wsgi

# Releasing needs no more than this machine's Python: it imports the standard library alone. Each line is seen at once.
RELEASE = $(if $(PYTHON),$(PYTHON),python3) -u -m release
DOCKER ?= docker
COMPOSE ?= $(shell $(DOCKER) compose version >/dev/null 2>&1 && echo $(DOCKER) compose || echo docker-compose)
BASE_IMAGE ?= python:3.11-slim
IMAGE_TAG ?= ml-service:latest
BUILD_OPTIONS ?=
REPORTS := reports

.PHONY: help
help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## Install the locked requirements into .venv, developers' tools too

# uv reads no configuration of pip's: tools/uv.py tells it what that says of indexes, certificates and proxies.
UV = $(BIN)/python -m tools.uv
INSTALL = $(UV) pip install --quiet --system-certs --python $(BIN)/python --require-hashes
# All bytecode at once, on all cores. Where little of it is imported, and once, 0 is faster.
export UV_COMPILE_BYTECODE ?= 1

# The libraries of a model of one's own, where there are such, with their hashes. The image has them as well.
OF_MODEL := $(wildcard requirements/model.txt)

$(INSTALLED): requirements/installer.txt requirements/dev.txt $(OF_MODEL)
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer, with venv, was not found: install it, or name it with PYTHON=." >&2; exit 1; }
	@echo "Installing the locked requirements into .venv: less than a minute."
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt
	@$(INSTALL) -r requirements/dev.txt $(OF_MODEL:%=-r %)
	@touch $@

.PHONY: install-boosting
install-boosting: $(INSTALLED)-boosting ## Install XGBoost, LightGBM and CatBoost as well

$(INSTALLED)-boosting: requirements/boosting.txt $(INSTALLED)
	@$(INSTALL) -r requirements/boosting.txt
	@touch $@

.PHONY: install-release
install-release: install $(INSTALLED)-release ## Install what testing releases needs as well

$(INSTALLED)-release: requirements/release.txt $(INSTALLED)
	@$(INSTALL) -r requirements/release.txt
	@touch $@

.PHONY: train
# A TARGET that nobody has typed here is a cross-compiler's. Without DATA the command says what is missing.
train: install ## Train on DATA=... to tell TARGET=..., else the example; publish, and make it the current version
	@data="$$DATA" target="$$TARGET" estimator="$$ESTIMATOR"; $(LOAD_ENV) $(BIN)/python -m training.train \
		$${data:+--data "$$data" $${target:+--target "$$target"} $${estimator:+--estimator "$$estimator"}} \
		$(if $(DATA),,$(if $(filter command,$(origin TARGET)),--target "$$TARGET")) \
		$(if $(DATA),,$(if $(filter command,$(origin ESTIMATOR)),--estimator "$$ESTIMATOR")) \
		$(TRAIN_OPTIONS)

# Quoted as they come: a path or a name may hold blanks.
.PHONY: import-model
import-model: install ## Publish MODEL=..., fitted elsewhere, with the sample DATA=... and its TARGET=...
	@[ -n "$$MODEL" ] || { echo "Say which model: make import-model MODEL=file DATA=sample.csv TARGET=column, where there is one." >&2; exit 2; }
	@model="$$MODEL"; data="$$DATA"; target="$$TARGET"; $(LOAD_ENV) $(FLASK) models import $(IMPORT_OPTIONS) \
		$${data:+--data "$$data"} $${target:+--target "$$target"} -- "$$model"

.PHONY: run
run: install ## Train if there is no model yet, then serve on http://127.0.0.1:8000 until Ctrl-C
	@$(LOAD_ENV) set -- "$${ARTIFACT_DIR:-artifacts}"/*/metadata.json; [ -e "$$1" ] || $(BIN)/python -m training.train
	@$(LOAD_ENV) exec $(BIN)/python -m app

.PHONY: models
models: install ## List the published versions
	@$(LOAD_ENV) $(FLASK) models list

.PHONY: promote
promote: install ## Verify VERSION=... and make it the current version
	@[ -n "$$VERSION" ] || { echo "Say which version: make promote VERSION=..., one of those that 'make models' lists." >&2; exit 2; }
	@version="$$VERSION"; $(LOAD_ENV) $(FLASK) models promote -- "$$version"

.PHONY: rollback
rollback: install ## Verify the version that was current before, and make it so again
	@$(if $(filter command,$(origin VERSION)),echo "A rollback takes no VERSION: 'make promote VERSION=...' does." >&2; exit 2)
	@$(LOAD_ENV) $(FLASK) models rollback

.PHONY: reload
reload: install ## Have the running server load the current version, and wait until it serves it
	@$(LOAD_ENV) $(FLASK) models reload

# By file, in twice as many processes as there are cores: the tests of servers mostly wait, and they begin first.
WORKERS ?= $(shell echo $$(($$(nproc) * 2)))
# Hundreds of processes would compile the same modules again where the environment says to keep no bytecode.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: test
test: install browser prometheus ## Run the tests: in process, of the real server, in a browser, with Prometheus
	$(PYTEST)

.PHONY: test-quick
test-quick: install ## Run the tests that start no server: a minute or two
	$(PYTEST) tests/unit tests/web

.PHONY: test-long
test-long: install browser prometheus test-boosting fuzz ## Run all of `make test` deeper, for hours, and measure the coverage of every process
	TEST_DEPTH=long COVERAGE_PROCESS_START=tests/long/coverage.cfg $(PYTEST) --timeout 7200 --cov --cov-config tests/long/coverage.cfg

# In an environment of their own, as nobody who does without these libraries should have to install them.
BOOSTING := build/boosting

.PHONY: test-boosting
test-boosting: install $(BOOSTING)/.installed ## Run the tests of models by XGBoost, LightGBM and CatBoost
	$(BOOSTING)/bin/python -m pytest tests/boosting

$(BOOSTING)/.installed: requirements/dev.txt requirements/boosting.txt $(INSTALLED)
	@"$(PYTHON)" -m venv --clear --without-pip $(BOOSTING)
	@$(UV) pip install --quiet --system-certs --python $(BOOSTING)/bin/python --require-hashes \
		-r requirements/dev.txt -r requirements/boosting.txt
	@touch $@

FUZZING := build/fuzzing

.PHONY: fuzz
fuzz: install $(FUZZING)/.installed ## Send the server what coverage-guided fuzzing draws, for SECONDS=600
	$(FUZZING)/bin/python -m tests.long.fuzz_requests -max_total_time=$(or $(SECONDS),600)

$(FUZZING)/.installed: requirements/dev.txt requirements/fuzzing.txt $(INSTALLED)
	@"$(PYTHON)" -m venv --clear --without-pip $(FUZZING)
	@$(UV) pip install --quiet --system-certs --python $(FUZZING)/bin/python --require-hashes \
		-r requirements/dev.txt -r requirements/fuzzing.txt
	@touch $@

# Three at once, as each waits for containers most of the time; what one prints is shown once it has ended.
.PHONY: test-release
test-release: install-release prometheus docker-engine old-clients ## Test images, nginx, deployments and the pipeline, with real ones of each (as root)
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target test-images test-pipeline test-platforms test-clients

.PHONY: test-images
test-images: install-release prometheus docker-engine ## Of test-release: images, the stack of a machine, roll-outs on a Swarm
	$(BIN)/python -m pytest tests/docker --ignore tests/docker/test_pipeline.py

.PHONY: test-pipeline
test-pipeline: install-release prometheus docker-engine ## Of test-release: the pipeline, from a commit to production and back
	$(BIN)/python -m pytest tests/docker/test_pipeline.py

.PHONY: test-platforms
test-platforms: install-release docker-engine ## Of test-release: nginx, HAProxy, and what clouds and clusters are told
	$(BIN)/python -m pytest tests/haproxy tests/nginx tests/platforms

.PHONY: test-clients
test-clients: install old-clients ## Of test-release: old clients, each the real program, against the real server
	$(BIN)/python -m pytest tests/clients

.PHONY: check-deployments
check-deployments: install-release ## Check by the real validators what clouds and clusters are told (docker/deploy)
	$(BIN)/python -m pytest tests/platforms

.PHONY: docker-engine
docker-engine: install ## Install the Docker Engine and what else those tests drive, unless they are there (as root)
	@$(BIN)/python -m tests.docker.programs

.PHONY: old-clients
old-clients: install ## Install the old clients that the tests drive, unless they are there (as root)
	@$(BIN)/python -m tests.clients.programs

.PHONY: browser
browser: install ## Install the browser that the tests drive, unless there is one
	@$(BIN)/python -m tools.browser

.PHONY: prometheus
prometheus: install ## Unpack Prometheus and Alertmanager for the tests, unless they are there
	@$(BIN)/python -m tools.prometheus

.PHONY: image
image: ## Build the container's image, with the current version in it; trains one first if there is none
	$(DOCKER) build --file docker/Dockerfile --tag $(IMAGE_TAG) --build-arg BASE_IMAGE=$(BASE_IMAGE) $(BUILD_OPTIONS) \
		$(if $(BOOSTING_LIBRARIES),--build-arg BOOSTING_LIBRARIES=$(BOOSTING_LIBRARIES)) \
		--build-arg REVISION="$${CI_COMMIT_SHA:-$$(git describe --always --dirty --abbrev=40 --exclude='*')}" \
		--build-arg VERSION="$$(sed -n 's/^__version__ = "\(.*\)"$$/\1/p' app/version.py)" \
		--build-arg CREATED="$$(date --utc +%Y-%m-%dT%H:%M:%SZ)" .

.PHONY: push
push: ## Push the image IMAGE_TAG=..., and write its digest to reports/image.env
	@$(RELEASE).images push "$(IMAGE_TAG)" $(REPORTS)/image.env

.PHONY: up
up: image ## Run the service, nginx, Prometheus and Grafana in containers on this machine
	@# These are mounted, and read by users of the containers' own.
	@chmod -R go+rX docker/nginx docker/prometheus docker/grafana
	@$(LOAD_ENV) $(COMPOSE) --file docker/compose.yml up --detach --wait
	@$(LOAD_ENV) echo "The service: http://127.0.0.1:$${HTTP_PORT:-8080}/docs" \
		"Prometheus: http://127.0.0.1:$${PROMETHEUS_PORT:-9090} Grafana: http://127.0.0.1:$${GRAFANA_PORT:-3000}"

.PHONY: down
down: ## End them, and remove all that they made, their data too
	@$(LOAD_ENV) GRAFANA_ADMIN_PASSWORD=none $(COMPOSE) --file docker/compose.yml down --volumes --remove-orphans

.PHONY: smoke
smoke: install ## Check from outside that the service at URL=... serves the current version as it was trained
	@$(LOAD_ENV) $(FLASK) smoke $(URL)

.PHONY: deploy
deploy: ## Deploy IMAGE=...@sha256:... to ENVIRONMENT=..., or leave there what serves (see docs/release.md)
	@$(RELEASE).deploy

.PHONY: rollback-release
rollback-release: ## Go back to the release before in ENVIRONMENT=...
	@$(RELEASE).deploy back

.PHONY: champion
champion: ## Fetch the version in production from CHAMPION_IMAGE=..., for `make train` to compare with
	@$(RELEASE).images champion

.PHONY: metrics-report
metrics-report: install ## Write the current version's metrics to reports/metrics.txt, as GitLab shows them
	@$(BIN)/python -m training.metrics_report $(REPORTS)/metrics.txt

.PHONY: check-api
check-api: ## Check that the interface breaks nothing since the last release, unless the major version moves
	@$(RELEASE).interface

.PHONY: bill-of-materials
bill-of-materials: install ## Write what the image is made of to reports/bill-of-materials.json (CycloneDX)
	@mkdir -p $(REPORTS)
	@$(BIN)/cyclonedx-py requirements --output-format JSON --output-reproducible --validate \
		--output-file $(REPORTS)/bill-of-materials.json requirements/serving.txt

.PHONY: lint
lint: install check-lock check-openapi lint-release ## Run every style, type and configuration check
	$(BIN)/ruff format --quiet --check $(SOURCES)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy $(SOURCES)

.PHONY: lint-release
lint-release: install ## Check what images, deployments and pipelines are made of
	$(BIN)/hadolint docker/Dockerfile
	$(BIN)/yamllint --strict docker .gitlab-ci.yml
	$(BIN)/shellcheck .ci/run
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yml docker/stack*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci --disable-formats uri .gitlab-ci.yml

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff check --quiet --select I --fix $(SOURCES)
	$(BIN)/ruff format --quiet $(SOURCES)

.PHONY: openapi
openapi: install ## Write openapi.json and openapi.yaml
	@$(BIN)/python -m tools.openapi_files write

.PHONY: settings
settings: install ## Write the README's table of settings and those of .env.example, from app/settings.py
	@$(BIN)/python -m tools.settings_tables

.PHONY: check-openapi
check-openapi: install ## Check that openapi.json and openapi.yaml are what the code says
	@$(BIN)/python -m tools.openapi_files check

.PHONY: bench
bench: install ## Measure where the time and the memory go and what a reload costs, and print the tables
	$(BIN)/python -m benchmarks.prediction
	$(BIN)/python -m benchmarks.tables
	$(BIN)/python -m benchmarks.reload

.PHONY: bench-survival
bench-survival: install ## Measure what slow clients, too many requests and killed workers do to others
	$(BIN)/python -m benchmarks.survival

# uv keeps every version that is locked already, so locking twice changes nothing. What is locked first binds the rest.
# Without the extras in the pins, pip weighs up the newest release too, and fails on its hash as soon as there is one.
COMPILE = $(UV) pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header --no-annotate

.PHONY: lock
lock: install ## Lock the requirements after a change of a .in file
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/training.in -c requirements/dev.txt -o requirements/training.txt
	$(COMPILE) requirements/serving.in -c requirements/dev.txt -o requirements/serving.txt
	$(COMPILE) requirements/tracing.in -c requirements/dev.txt -o requirements/tracing.txt
	$(COMPILE) requirements/boosting.in -c requirements/dev.txt -o requirements/boosting.txt
	$(COMPILE) requirements/fuzzing.in -c requirements/dev.txt -o requirements/fuzzing.txt
	$(COMPILE) requirements/release.in -c requirements/dev.txt -o requirements/release.txt
	$(COMPILE) requirements/installer.in -c requirements/dev.txt -o requirements/installer.txt

.PHONY: check-lock
check-lock: install ## Check that the locked requirements are what the .in files ask for
	@$(BIN)/python -m tools.locked_requirements

.PHONY: clean
clean: ## Remove everything that is made here: .venv, artifacts, caches, reports
	rm -rf .venv artifacts .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache htmlcov build reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
