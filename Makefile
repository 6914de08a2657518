# entry-point: `make help` lists what can be made.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

export VERSION COMMIT
export CGO_ENABLED = 0

# ST1011 wants no unit in a duration's name; startsecs is supervisord's.
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks inherit,-ST1011
GOFUMPT     = go run mvdan.cc/gofumpt@v0.12.0

IMAGE ?= docker-flask:0.1
HOST  ?= 127.0.0.1
PORT  ?= 8091

.DEFAULT_GOAL := build
.PHONY: build build-all run test test-arch bench lint image manual clean help

build: ## build ./entry-point and ./entry-point-gateway for this machine (default)
	@.ci/need build
	.ci/build .

build-all: ## build both for amd64 and arm64 into dist/
	@.ci/need build
	GOOS=linux GOARCH=amd64 .ci/build dist -linux-amd64
	GOOS=linux GOARCH=arm64 .ci/build dist -linux-arm64

run: build ## serve the Flask example, until Ctrl-C (PORT=8091 HOST=127.0.0.1)
	@HOST=$(HOST) PORT=$(PORT) IMAGE=$(IMAGE) examples/flask/serve

image: build ## build the Flask example's image with an answering Docker engine (IMAGE=docker-flask:0.1)
	@examples/flask/make-image $(IMAGE)

test: lint ## run every test; installs what they need, starts a Docker engine if none answers
	@.ci/need build test
	@echo "== tests"
	@# -count=1 where a test runs what it does not link: go's cache would not see a change.
	@# Those that take longest first: no processor waits for the last one then.
	@CGO_ENABLED=1 go test -race -timeout 20m ./cmd/entry-point ./supervisor/setup ./cmd/bench $$(go list ./... | grep -v /examples/)
	@go test -C supervisor/gateway/api/conformance -count=1 ./...
	@mkdir -p .cache/page && go test -C supervisor/gateway/page/browser -count=1 -artifacts -outputdir $(CURDIR)/.cache/page ./...
	@echo "== processes on two other architectures: arm64 has an entry and handlers of its own, s390x has none and is big-endian"
	@.ci/need arch && .ci/test-arch arm64 s390x
	@echo "== a gigabyte through the logs, at full speed"
	@go test -count=1 -run Torture ./supervisor/logs
	@echo "== tests of the examples, in containers"
	@CGO_ENABLED=1 .ci/with-engine sh -c 'go test -count=1 -race -timeout 20m ./examples/... && go test -C examples/kubernetes -count=1 ./... && go test -count=1 -run TestBenchmarks/flask ./cmd/bench'

test-arch: ## run the tests of processes on every architecture, in qemu (ARCH="riscv64 arm.7": on these)
	@.ci/need build arch
	@.ci/test-arch $(ARCH)

bench: build ## compare with the peers, as ratios in one run
	@.ci/need build bench
	@.ci/with-engine go run ./cmd/bench
	@echo "== a stop of 30 layers of 20 programs (bar: 10 ms), a line that comes alone (bar: 1 ms), a command of ctl (bar: 20 ms of CPU)"
	@go test -run '^$$' -bench 'Layers|LoneLine|Command' ./supervisor/stopping ./supervisor/logs ./cmd/entry-point/ctl
	@echo "== the page in Chromium: of 1,000 programs the longest frame and the work, of 60 the first paint, from elsewhere and again, beside that of two letters (bar: 100 ms)"
	@go test -C supervisor/gateway/page/browser -run '^$$' -bench . -benchtime 1x -timeout 5m

lint: ## vet, staticcheck, gofumpt and the rules of the house
	@.ci/need build
	@echo "== lint"
	@go vet ./... && go vet -C examples/kubernetes ./... && go vet -C supervisor/gateway/api/conformance ./... && go vet -C supervisor/gateway/page/browser ./...
	@$(STATICCHECK) ./...
	@unformatted=$$($(GOFUMPT) -l .) && if [ -n "$$unformatted" ]; then \
		echo "not formatted, run gofumpt -w:" $$unformatted >&2; exit 1; fi
	@.ci/rules

manual: ## write the manual pages and the reference anew, from the tables of help
	@go generate ./cmd/entry-point

clean: ## remove what was built here, and the native example's files
	rm -rf entry-point entry-point-gateway dist .cache

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
