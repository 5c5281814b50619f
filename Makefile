# Every command of the project. `make` alone lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

GO ?= go
MODULE := github.com/authsdk/authsdk-go
# The packages that decide: tokens, policies, sessions.
CORE := $(MODULE)/authsdk $(MODULE)/authsdk/session

# Tools that are no part of the module, each by its exact version. The generators are pinned in go.mod.
GOLANGCI_LINT_VERSION := v2.15.0
REDOCLY_VERSION := 2.77.0
SPECTRAL_VERSION := 6.16.3
OWASP_VERSION := 2.0.1

GOLANGCI_LINT := .tmp/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Turn these on the command line: make bench BENCH=Verify BENCHTIME=5s
ARGS ?=
FUZZTIME ?= 30s
BENCH ?= .
BENCHTIME ?= 1s
COVER_FLOOR ?= 95
RUNS ?= 3

# Where this is set, a test whose service is missing fails instead of being skipped.
AUTHSDK_TEST_REQUIRE ?=
export AUTHSDK_TEST_REQUIRE

# The document's linters are asked to lint, not to report home.
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: gen
gen: ## Regenerate gen/ from openapi.yaml
	$(GO) generate ./gen ./examples/...

.PHONY: run
run: ## Run the server with a demo user on 127.0.0.1:8080 (ARGS='--addr …')
	$(GO) run ./cmd/authsdk serve --demo --console $(ARGS)

.PHONY: services
services: ## Start PostgreSQL, MariaDB and Redis for the tests, where they do not run
	./scripts/services.sh

.PHONY: test
test: ## Run the tests; what needs a server is skipped without it (make services)
	$(GO) test ./...

.PHONY: test-all
test-all: ## Run everything: tests with all services, document, smoke
	AUTHSDK_TEST_REQUIRE=1 $(GO) test -count=1 ./...
	$(MAKE) spec
	$(MAKE) smoke

.PHONY: race
race: ## Run the tests under the race detector; needs a C compiler
	$(GO) test -race ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Check the Go code by .golangci.yml
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run --allow-parallel-runners
	cd bench && ../$(GOLANGCI_LINT) run --allow-parallel-runners -c ../.golangci.yml ./...
	cd interop && ../$(GOLANGCI_LINT) run --allow-parallel-runners -c ../.golangci.yml ./...

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code
	$(GOLANGCI_LINT) fmt

.PHONY: spec
spec: ## Check openapi.yaml; needs Node
	npx --yes @redocly/cli@$(REDOCLY_VERSION) lint openapi.yaml --extends=recommended-strict
	npx --yes @stoplight/spectral-cli@$(SPECTRAL_VERSION) lint --fail-severity=hint openapi.yaml
	SPECTRAL=$(SPECTRAL_VERSION) OWASP=$(OWASP_VERSION) ./scripts/owasp.sh
	npx --yes @redocly/cli@$(REDOCLY_VERSION) lint examples/flows/auth.arazzo.yaml
	$(GO) run ./cmd/authsdk spec lint --strict openapi.yaml
	./scripts/breaking.sh

.PHONY: flows
flows: ## Walk through examples/flows at the built server; needs Node
	REDOCLY=$(REDOCLY_VERSION) ./scripts/flows.sh

.PHONY: web
web: ## Check, test and build the page of examples/web; needs Node
	cd examples/web && rm -rf .tmp && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd examples/web && npm run --silent types && npm run --silent clients && npm run --silent check && npm test --silent && npm run --silent build

.PHONY: e2e
e2e: web ## Drive the pages of the built server in Chromium, RUNS times (3) with six tabs
	@mkdir -p .tmp/web && rm -rf .tmp/screenshots
	$(GO) build -o .tmp/web/authsdk ./cmd/authsdk
	cd examples/web && RUNS=$(RUNS) npm run --silent e2e

.PHONY: verify
verify: ## Regenerate, tidy, lint; the tree must then be clean
	$(MAKE) gen
	cd bench && $(GO) mod tidy -diff
	cd interop && $(GO) mod tidy -diff
	$(GO) mod tidy -diff || { $(GO) mod tidy; echo "go.mod or go.sum was not tidy; it is now" >&2; exit 1; }
	$(MAKE) lint
	@if command -v npx >/dev/null 2>&1 || [ -n "$(AUTHSDK_TEST_REQUIRE)" ]; then \
		$(MAKE) spec && $(MAKE) web && ./scripts/swagger-ui.sh --check; \
	else echo "no npx here: openapi.yaml is not linted, the pages are not built" >&2; fi
	@status=$$(git status --porcelain) || exit 1; if [ -n "$$status" ]; then \
		git --no-pager diff; echo "$$status"; \
		echo "the tree is not clean: commit what stands above" >&2; exit 1; \
	fi

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (30s)
	@mkdir -p .tmp
	@$(GO) test -list '^Fuzz' ./... > .tmp/fuzz-list
	@awk '/^Fuzz/ { names[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, names[i]; n = 0 }' \
		.tmp/fuzz-list > .tmp/fuzz-targets
	@failed=0; while read -r pkg name; do \
		echo "$$pkg $$name"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$pkg" < /dev/null || failed=1; \
	done < .tmp/fuzz-targets; exit $$failed

.PHONY: bench
bench: ## Run the benchmarks that match BENCH, each for BENCHTIME (1s)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem ./...

.PHONY: bench-stores
bench-stores: ## Print refreshes a second of each store, beside what its engine can (BENCHTIME=3s)
	$(GO) test -p 1 -run '^$$' -bench '^Benchmark(Rotate|Floor)$$' -benchtime $(BENCHTIME) ./authsdk/...

.PHONY: bench-peers
bench-peers: ## Print the tables of docs/performance.md (ARGS='-rounds 101 -only verify')
	@cd bench && $(GO) run ./cmd/peers $(ARGS)

.PHONY: goals
goals: ## Hold guard and token engine to their goals, beside other libraries
	cd bench && $(GO) test -count=1 -short ./...
	cd bench && $(GO) test -count=1 -v -run 'Goals$$' .

.PHONY: interop
interop: ## Exchange tokens with foreign libraries, OAuth clients and services
	cd interop && $(GO) test -count=1 ./...

.PHONY: rotation
rotation: ## Change keys under load for a minute: no valid token may be refused (ARGS='-rotate.for=10m')
	$(GO) test -count=1 -v -run TestRotation -timeout 0 ./authsdk/remotekeys -rotate.for=60s -rotate.every=10s $(ARGS)

.PHONY: faults
faults: ## Kill, cut off, slow down and fill what the server depends on (four minutes)
	AUTHSDK_FAULTS=short $(GO) test -count=1 -v -timeout 20m ./internal/faults $(ARGS)

.PHONY: faults-long
faults-long: ## The same for an hour and a half, with a soak of ten minutes (AUTHSDK_SOAK=1h)
	AUTHSDK_FAULTS=long $(GO) test -count=1 -v -timeout 0 ./internal/faults $(ARGS)

.PHONY: cover
cover: ## Measure coverage; the core must reach COVER_FLOOR (95 %)
	@mkdir -p .tmp
	$(GO) test -coverpkg=./authsdk/... -coverprofile=.tmp/cover.out ./authsdk/...
	@awk -v core='$(CORE)' -v floor=$(COVER_FLOOR) -f scripts/cover.awk .tmp/cover.out

.PHONY: smoke
smoke: ## Walk through a login on the built server
	./scripts/smoke.sh

.PHONY: tools
tools: $(GOLANGCI_LINT) ## Build the pinned tools into .tmp/bin

.PHONY: clean
clean: ## Remove what the commands built; data/ stays
	rm -rf .tmp examples/web/.tmp

# A module of its own keeps the dependencies of the linter out of go.mod; the version in the
# file's name makes a new version a new target.
$(GOLANGCI_LINT):
	@rm -rf .tmp/tools && mkdir -p .tmp/tools $(@D)
	cd .tmp/tools && export GOWORK=off GOBIN="$$PWD" && $(GO) mod init tools \
		&& $(GO) mod edit -require=github.com/golangci/golangci-lint/v2@$(GOLANGCI_LINT_VERSION) \
		&& $(GO) install -mod=mod github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@mv .tmp/tools/golangci-lint $@
