# SPDX-License-Identifier: MIT
# A thin front for meson: one target for each thing that one wants to do. Packages that are missing
# are installed first (tools/setup); where all is there that takes no time.
BUILD = build
OUT = demo-output
API = v1
MESON_FLAGS =
BENCH_FLAGS =
MODEL_FLAGS =
# Debian's own meson runs on Debian's own Python, whatever comes first in PATH.
MESON = $(shell test -x /usr/bin/meson && echo /usr/bin/meson || echo meson)
TEST = $(MESON) test --print-errorlogs

build: packages $(BUILD)/build.ninja
	ninja -C $(BUILD)

demo: build
	examples/demo.sh $(BUILD)/examples/cli/emsign $(BUILD)/tests/simulator/emsign-sim $(OUT) $(API)

check: packages-check build
	$(TEST) -C $(BUILD)

# AddressSanitizer and UndefinedBehaviorSanitizer, every test but the checks of the sources.
asan ubsan: packages-check build-asan/build.ninja
	ninja -C build-asan
	$(TEST) -C build-asan --no-suite checks

# ThreadSanitizer, the tests that have threads or atomics in them.
TSAN_TESTS = alloc guard loop op secret threads
tsan: packages-check build-tsan/build.ninja
	ninja -C build-tsan $(TSAN_TESTS:%=tests/unit/unit-%)
	$(TEST) -C build-tsan --no-rebuild $(TSAN_TESTS)

valgrind: packages-check build
	$(TEST) -C $(BUILD) --setup valgrind --suite unit

cov: packages-cov build-cov/build.ninja
	ninja -C build-cov
	$(TEST) -C build-cov --no-suite checks
	gcovr --root . --filter lib/ --object-directory build-cov --print-summary

# Interruption, failure and hostile input at every point; docs/guarantees.md. TORTURE="life-store
# race-long" is a part of it.
TORTURE =
torture: packages-torture build
	$(TEST) -C $(BUILD) --setup torture --suite torture $(TORTURE)

# Hostile bytes into everything that reads, by libFuzzer: tests/fuzz. T=decode alone, S seconds each.
T =
S = 60
fuzz: packages-fuzz build-fuzz/build.ninja
	ninja -C build-fuzz fuzz-programs
	tests/fuzz/run build-fuzz $(S) $(T)

# Whole processes, optimised, against what their libraries cost alone; docs/performance.md. Some
# minutes; BENCH_FLAGS="--only rows --repeat 1" is a part of it.
bench: packages-bench build-bench/build.ninja
	ninja -C build-bench
	@mkdir -p $(BUILD)
	tests/bench/run build-bench --out $(BUILD)/bench.json $(BENCH_FLAGS)

# Ordering, proven: docs/model. Under a minute; MODEL_FLAGS=--deep takes some.
model: packages-model
	nice tools/check-model --out $(BUILD)/model $(MODEL_FLAGS)

# What the sources, headers, documents and symbols promise each other.
lint: packages-check build
	$(TEST) -C $(BUILD) --suite checks

docs: packages-check build
	$(TEST) -C $(BUILD) man docs
	@echo "pages: docs/man and $(BUILD)/docs; read one with: man $(BUILD)/docs/emsign_client.3"

golden-update: build
	$(BUILD)/tests/golden/golden --update tests/golden
	git diff --stat -- tests/golden

install: build
	$(MESON) install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) build-asan build-bench build-tsan build-cov build-fuzz $(OUT)

packages:
	@tools/setup build
packages-check: packages
	@tools/setup check
packages-cov: packages-check
	@tools/setup cov
packages-bench:
	@tools/setup bench
packages-model:
	@tools/setup model
packages-fuzz:
	@tools/setup fuzz
packages-torture: packages-check
	@tools/setup torture

$(BUILD)/build.ninja: | packages
	$(MESON) setup $(BUILD) $(MESON_FLAGS)
build-asan/build.ninja: | packages
	$(MESON) setup build-asan -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fno-sanitize-recover=all $(MESON_FLAGS)
build-tsan/build.ninja: | packages
	$(MESON) setup build-tsan -Db_sanitize=thread -Db_lundef=false $(MESON_FLAGS)
build-fuzz/build.ninja: | packages-fuzz
	CC=clang $(MESON) setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Dpython=disabled -Dlua=disabled \
		-Dc_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=all" $(MESON_FLAGS)
build-bench/build.ninja: | packages-bench
	$(MESON) setup build-bench --buildtype=release -Ddebug=true $(MESON_FLAGS)
build-cov/build.ninja: | packages
	$(MESON) setup build-cov -Db_coverage=true $(MESON_FLAGS)

.PHONY: build demo check asan ubsan tsan valgrind cov torture fuzz bench model lint docs \
	golden-update install clean packages packages-check packages-cov packages-bench \
	packages-model packages-torture packages-fuzz
