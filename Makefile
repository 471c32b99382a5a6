# Every target sets up what it needs first (dev/bootstrap.py); ARGS go to the program.
BOOTSTRAP := python3 dev/bootstrap.py
.DEFAULT_GOAL := help
.PHONY: help demo up test check bench package lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the whole product on this machine, with a simulated Microsoft cloud (ARGS="--once --tenants 8")
	@$(BOOTSTRAP) demo $(ARGS)

up: ## the app on this machine with your own settings (local.settings.json)
	@$(BOOTSTRAP) up $(ARGS)

test: ## every test (ARGS="-k overview")
	@$(BOOTSTRAP) test $(ARGS)

check: ## lint, types, import contracts, the infrastructure, the API's description
	@$(BOOTSTRAP) check

bench: ## benchmarks against a peer and a limit (ARGS="--quick", ARGS="--only NAME")
	@$(BOOTSTRAP) bench $(ARGS)

package: ## the zip that Azure runs, to deploy without a build there
	@$(BOOTSTRAP) package $(ARGS)

lock: ## write the locks anew from pyproject.toml (needs uv)
	uv lock
	uv export -q --no-header --no-dev --no-emit-project --format requirements-txt -o requirements.txt
	uv export -q --no-header --all-groups --no-emit-project --format requirements-txt -o requirements-dev.txt
	uv pip compile -q --universal --python-version 3.13 --generate-hashes --no-annotate --no-header requirements-check.in -o requirements-check.txt
