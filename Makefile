# Every target finds a JDK 25 by itself (hack/jdk); what tests and the demo need is installed by hack/tools.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

JAVA_HOME := $(shell hack/jdk)
export JAVA_HOME
# Maven 3 itself uses what a JDK 25 warns of.
export MAVEN_OPTS := --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
MVN := mvn --batch-mode --no-transfer-progress

.PHONY: build quick test soak demo demo-cli image bench crds fmt clean help

build: ## compile; bin/winnow works afterwards
	$(MVN) -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -DskipTests package
	hack/aot

quick: ## the tests that need no server
	$(MVN) test -Dtest.excludedGroups='server | soak'

test: image ## all tests, against real registries and a real cluster (installs them first)
	tools=$$(hack/tools/install --cluster); $(MVN) test -Dwinnow.tools="$$tools"

soak: image ## the long storms and the many seeds; run before an issue is resolved
	tools=$$(hack/tools/install --cluster); $(MVN) test -Dwinnow.tools="$$tools" -Dtest.groups=soak -Dtest.excludedGroups=

demo: image ## a cluster with a registry and the operator: preview, enforce on a schedule, clean up
	tools=$$(hack/tools/install --cluster); hack/demo/cluster "$$tools"

demo-cli: build ## the same from the command line, without a cluster: plan, explain, apply, verify
	tools=$$(hack/tools/install); hack/demo/command-line "$$tools"

image: build ## write the image of the operator and the command line as a tar
	hack/image

bench: image ## the figures of docs/performance.md
	tools=$$(hack/tools/install --cluster --bench); hack/bench "$$tools"

crds: ## write crds/ from the records
	$(MVN) --quiet test -Dtest=CrdsTest -Dsurefire.failIfNoSpecifiedTests=false -Dwinnow.write=true

fmt: ## format the sources
	$(MVN) --quiet spotless:apply

clean: ## remove what the build made (the tool cache stays)
	$(MVN) --quiet clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
