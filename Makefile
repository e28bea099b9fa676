# `make help` lists the targets. `make scan` and `make test` are the two to know.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOLS := $(CURDIR)/.tools
OPA := $(TOOLS)/opa
REGAL := $(TOOLS)/regal
LINT := $(TOOLS)/golangci-lint
SARIF := $(TOOLS)/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
MERLON := bin/merlon

# The tools' versions; a tool is built anew when this file changes. Regal's stands
# in tools/go.mod: it wants another opa than Merlon.
OPA_VERSION := v1.22.2
LINT_VERSION := v2.15.0
VULN_VERSION := v1.9.0
SARIF_VERSION := 5.7.0

# Debian's packages that the tests use: a real OpenSSH server and sudo, other
# shells for the collector, kmod and systemd as judges, a C compiler for the race
# detector, and npm for Microsoft's SARIF validator.
PACKAGES := git openssh-server openssh-client sudo busybox dash bash kmod systemd gcc libc6-dev npm \
	nftables iptables iproute2 pamtester libpwquality-dev openssl rsyslog logrotate util-linux debootstrap auditd aide aide-common \
	dconf-cli dconf-gsettings-backend libglib2.0-bin gsettings-desktop-schemas libcap2-bin

# Roots of Debian's releases, which the tests scan. Made once; they need root.
ROOTS := $(foreach suite,bullseye bookworm trixie,$(TOOLS)/roots/$(suite).tar.gz)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/merlon
	go build -trimpath -o $(MERLON) ./cmd/merlon

.PHONY: scan
scan: build ## build Merlon, and scan this machine and a sample Terraform tree
	@# 3 is an incomplete scan, as on a machine without systemd: no mistake here.
	$(MERLON) scan local testdata/terraform/sample --fail-on none || [ $$? -eq 3 ]

.PHONY: test
test: packages tools $(ROOTS) ## install what the tests need, and run every test and check
	go vet ./...
	$(MAKE) build generated lint policies
	go test ./...
	go test -race ./audit ./policies ./inventory ./scanners/remote/... ./scanners/terraform
	$(MAKE) sarif gitlab

.PHONY: packages
packages: ## install Debian's packages that the tests use
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	command -v npm >/dev/null && missing=$$(echo "$$missing" | grep -vx npm || true); \
	if [ -n "$$missing" ]; then \
		sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

.PHONY: tools
tools: $(OPA) $(REGAL) $(LINT) $(SARIF)

$(OPA): Makefile
	GOBIN=$(TOOLS) go install github.com/open-policy-agent/opa@$(OPA_VERSION)
	@touch $@

$(REGAL): tools/go.mod
	go -C tools build -o $@ github.com/open-policy-agent/regal
	@touch $@

$(LINT): Makefile
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@touch $@

$(SARIF): Makefile
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix $(TOOLS) @microsoft/sarif-multitool-linux@$(SARIF_VERSION)
	chmod u+x $@
	@touch $@

$(TOOLS)/roots/%.tar.gz: testdata/roots/debootstrap.sh | packages
	@mkdir -p $(@D)
	sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo $< $* $@

.PHONY: lint
lint: tools ## check the form of Go and Rego
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: format these files'; exit 1; }
	$(LINT) run
	$(OPA) fmt --fail --list policies
	$(OPA) check --strict policies
	$(REGAL) lint policies

.PHONY: policies
policies: build ## run the controls' fixtures, and the soundness fuzz over them
	$(MERLON) test policies

.PHONY: generate
generate: build ## write the generated files anew: the policies' index, the reference of controls and of the command line
	go generate ./policies
	$(MAKE) build
	$(MERLON) controls -o markdown > docs/controls.md
	$(MERLON) controls --baselines -o markdown > docs/baselines.md
	$(call cli) > docs/cli.md

.PHONY: generated
generated: build ## check that the generated files are fresh
	go test ./policies -run '^TestIndex$$'
	$(MERLON) controls -o markdown | diff -q - docs/controls.md || { echo 'docs/controls.md is stale: run make generate'; exit 1; }
	$(MERLON) controls --baselines -o markdown | diff -q - docs/baselines.md || { echo 'docs/baselines.md is stale: run make generate'; exit 1; }
	$(call cli) | diff -q - docs/cli.md || { echo 'docs/cli.md is stale: run make generate'; exit 1; }

define cli
{ printf '# Command line\n\nMade by `make generate`; do not edit.\n'; \
for verb in '' scan fix gate merge facts check controls test version completion; do \
printf '\n## merlon %s\n\n```\n' "$$verb"; COLUMNS=100 $(MERLON) $$verb --help; printf '```\n'; done; }
endef

.PHONY: sarif
sarif: build $(SARIF) ## hold the SARIF of a run against Microsoft's validator
	MERLON_SARIF_MULTITOOL=$(SARIF) go test -tags multitool ./report -run Multitool

.PHONY: gitlab
gitlab: ## hand the SARIF of the tests to GitLab's own converter
	go -C tools/gitlab test -count=1 ./...

.PHONY: bench
bench: build ## print the figures, each with its floor
	go test ./... -run '^$$' -bench . -benchtime 5x
	go test ./cmd/merlon -run '^$$' -bench . -benchtime 20x

.PHONY: vuln
vuln: ## look for known vulnerabilities (asks vuln.go.dev)
	go run golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION) ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf bin $(TOOLS)
