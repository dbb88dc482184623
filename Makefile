# `make` lists the targets; `make check` is what CI runs.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

GO  ?= go
BIN := bin/capfold

# The tools have a module of their own, so that their dependencies never become capfold's.
TOOL := $(GO) tool -modfile=.ci/tools/go.mod

FUZZTIME        ?= 20m
FUZZ_ITERATIONS ?= 2000x
BENCH           ?= .
COUNT           ?= 6
BENCH_OUT       ?= bin/bench.txt
PEERS_OUT       ?= bin/peers.json
PEERS_FLAGS     ?=
GOLDEN_PACKAGES ?= ./cmd/capfold ./sinks/plots

# Prints "package target" for every fuzz target of every package: a new one needs no edit here.
FUZZ_TARGETS = $(GO) test -list '^Fuzz' ./... | awk '\
	/^Fuzz/ { names[n++] = $$1; next } \
	/^FAIL/ { print > "/dev/stderr"; exit 1 } \
	/^ok/   { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }'

# $(call fuzz,FLAGS) runs each target in turn. It works on the packages' own directories: a failing input is
# written to testdata/fuzz there, to be committed with the fix.
define fuzz
	@targets="$$($(FUZZ_TARGETS))"; \
	if [ -z "$$targets" ]; then echo "no fuzz targets"; exit 0; fi; \
	while read -r package target; do \
		echo "fuzz $$package $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" $(1) "$$package" </dev/null; \
	done <<<"$$targets"
endef

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/capfold, static
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/capfold

# What nobody runs here is to build at least: another system of each kind, and an int of 32 bits.
.PHONY: cross
cross: ## Build capfold for other systems, to see that it still builds
	@for target in windows/amd64 darwin/arm64 freebsd/amd64 linux/386 linux/arm; do \
		echo "$$target"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -pgo=off -o /dev/null ./cmd/capfold; \
	done

# Made captures of every kind, and what follows the fold as well as the fold itself.
.PHONY: pgo
pgo: build ## Record cmd/capfold/default.pgo, the profile that builds are optimised by
	@dir="$$(mktemp -d)"; trap 'rm -rf "$$dir"' EXIT; \
	for profile in mixed headers campus-2011; do \
		$(BIN) synth -q $$profile -o "$$dir/capture"; \
		for i in 1 2 3; do $(BIN) analyze -q --cpuprofile "$$dir/$$profile-$$i.prof" -o "$$dir/out" "$$dir/capture"; done; \
	done; \
	$(GO) tool pprof -proto $(BIN) "$$dir"/*.prof > cmd/capfold/default.pgo # named, it is not known by where it lay

.PHONY: check
check: fmt-check vet lint test race fuzz-smoke bench-once build ## Everything CI runs

.PHONY: test
test: ## Run the tests
	$(GO) test ./...

.PHONY: race
race: ## Run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

.PHONY: vet
vet: ## Run go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## Run the linters, import rules included
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## Format the sources with gofumpt
	$(TOOL) gofumpt -w .

.PHONY: fmt-check
fmt-check: ## Fail where `make fmt` would change something
	@unformatted="$$($(TOOL) gofumpt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "run make fmt, it would change:"; echo "$$unformatted"; exit 1; fi

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME (20m)
	$(call fuzz,-fuzztime=$(FUZZTIME))

.PHONY: fuzz-smoke
fuzz-smoke: ## Fuzz each target for a fixed number of inputs, FUZZ_ITERATIONS (2000x)
	$(call fuzz,-fuzztime=$(FUZZ_ITERATIONS) -fuzzminimizetime=10x)

.PHONY: bench
bench: ## Run the benchmarks BENCH, COUNT times, into BENCH_OUT
	@mkdir -p $(dir $(BENCH_OUT))
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./... | tee $(BENCH_OUT)

.PHONY: bench-peers
bench-peers: ## Run capfold and its peers in turn, PEERS_FLAGS
	@mkdir -p $(dir $(PEERS_OUT))
	$(GO) run ./bench/peers -json '$(PEERS_OUT)' $(PEERS_FLAGS)

.PHONY: bench-once
bench-once: ## Run every benchmark once, to see that it still runs
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

.PHONY: benchstat
benchstat: ## Compare two runs of make bench: OLD=a.txt NEW=b.txt
	@: $${OLD:?give OLD=FILE, saved by make bench BENCH_OUT=FILE} $${NEW:?give NEW=FILE}
	$(TOOL) benchstat '$(OLD)' '$(NEW)'

.PHONY: golden
golden: ## Rewrite the golden files, to be read as a diff
	$(GO) test $(GOLDEN_PACKAGES) -run Golden -update

.PHONY: oracle
oracle: build ## Compare capfold with TShark on the captures of CORPUS=DIR
	@: $${CORPUS:?give CORPUS=DIR, a folder of captures with what TShark says of them}
	python3 '$(or $(CHECK),$(CORPUS)/../oracle/check.py)' --capfold $(BIN) --corpus '$(CORPUS)'

.PHONY: clean
clean: ## Remove what make built
	rm -rf bin out
