# One command for everyone: make check. CI calls the same targets.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10000x
# The modules of brokers.
BROKERS = websocket/nats websocket/redis
# The packages that have fuzz targets.
FUZZ_PACKAGES = $(shell grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./bench/\|^./demos/\|^./websocket/nats/\|^./websocket/redis/' | xargs -n1 dirname | sort -u)

.PHONY: check fmt vet staticcheck floors test test-short test-race test-demos test-brokers fuzz-short bench demo

check: fmt vet staticcheck floors test-race test-demos test-brokers fuzz-short

fmt:
	@out="$$(gofmt -l .)"; if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi

vet:
	go vet ./...
	GOOS=darwin go vet ./...
	GOOS=freebsd go vet ./...
	cd bench && go vet ./...
	cd demos && go vet ./...
	for m in $(BROKERS); do (cd $$m && go vet ./...) || exit 1; done

# Pinned, and run by its version so that it never enters go.mod.
staticcheck:
	go run $(STATICCHECK) ./...
	cd demos && go run $(STATICCHECK) ./...
	for m in $(BROKERS); do (cd $$m && go run $(STATICCHECK) ./...) || exit 1; done

floors:
	go test ./docs

# Under a minute on two cores, without other programs: no browser, no Tornado for Python.
test-short:
	go test -short ./...

test:
	TORNADO_DEBUG=1 go test ./...

test-race:
	TORNADO_DEBUG=1 go test -race ./...

# Tornado's demo programs, which are a module of their own.
test-demos:
	cd demos && TORNADO_DEBUG=1 go test -race ./...

# The brokers of clusters, which are modules of their own.
test-brokers:
	for m in $(BROKERS); do (cd $$m && TORNADO_DEBUG=1 go test -race ./...) || exit 1; done

# Each fuzz target for FUZZTIME, one after another. A number of inputs, not a time: the
# fuzzer may take the end of a time for a failure.
fuzz-short:
	@set -e; for pkg in $(FUZZ_PACKAGES); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
		done; \
	done

bench:
	cd bench && go build -o bin/bench . && ./bin/bench run && ./bin/bench idle

demo:
	go run ./cmd/demo-server
