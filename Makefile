# The commands of the README; CI runs the same. Each sets up what it needs, and says what takes long.

.PHONY: build demo demo-edge test mutants fuzz size bench docs clean
.NOTPARALLEL:

export PATH := $(CURDIR)/.tools/bin:$(PATH)

build:
	@.ci/setup build
	@node pkg-template/build.mjs

demo: build
	@.ci/setup demo
	@exec node www-example/server/demo.mjs

demo-edge: build
	@.ci/setup demo-edge
	@exec node www-example/edge/demo.mjs

test:
	@.ci/setup test
	@node tests/run.mjs

mutants:
	@.ci/setup test
	@node tests/simulation/mutants.mjs

fuzz:
	@.ci/setup fuzz
	@node fuzz/run.mjs

size: build
	@.ci/setup size
	@node tests/size/size.mjs
	@node tests/size/features.mjs

bench: build
	@.ci/setup bench
	@node tests/bench/bench.mjs

docs:
	@node tests/conformance/page.mjs

clean:
	rm -rf target pkg
