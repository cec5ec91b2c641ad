# SPDX-License-Identifier: Apache-2.0
# The front door. `make run` and `make test` install what is missing; meson does the building.
.PHONY: help run build setup test check prove prove-long bench format golden clean

help:
	@echo 'make run     install what is missing, build, make a demo, serve on http://127.0.0.1:8080'
	@echo 'make build   build/entente'
	@echo 'make test    the whole suite: unit, API (SQLite, PostgreSQL), browser, sanitizers, OpenAPI, golden, style'
	@echo 'make check   the same, and built with clang and with the thread sanitizer'
	@echo 'make prove   promises that need many tries: power cuts, kills, worlds, mutants; prints figures, a few minutes'
	@echo 'make prove-long MINUTES=60   the same for longer; goes on where the last one stopped'
	@echo 'make bench   speed beside the floor, about five minutes (SCALE=100000 accounts, BENCH_SECONDS=4 a measurement)'
	@echo 'make bench SCALE=1000000 FROM=10000     beside a small hub; POSTGRES=URL: with one and with two servers (bench/README.md)'
	@echo 'make format  lay out the C sources'
	@echo 'make golden  write golden/ anew from the program'

setup:
	@scripts/setup.sh run

build: setup
	@test -f build/build.ninja || meson setup build -Db_lto=true
	@ninja -C build

run: build
	@scripts/run.sh

test:
	@scripts/setup.sh test
	@scripts/test.sh

check:
	@scripts/setup.sh test
	@scripts/test.sh --all

prove:
	@scripts/setup.sh test
	@scripts/test.sh build build-asan prove

MINUTES ?= 60
prove-long:
	@scripts/setup.sh test
	@PROVE_MINUTES=$(MINUTES) scripts/test.sh build build-asan prove

SCALE ?= 100000
FROM ?= $(if $(filter 1000000,$(SCALE)),10000,0)
POSTGRES ?=
BENCH_SECONDS ?= 4
bench_results = bench/$(if $(POSTGRES),POSTGRES,$(if $(filter 0,$(FROM)),RESULTS,MILLION)).md
bench: build
	@ninja -C build --quiet benchmarks
	@build/bench/bench --program build/entente --floor build/bench/floor --grow build/bench/grow --dir build/bench-hub \
		--results $(bench_results) --scale $(SCALE) --from $(FROM) --seconds $(BENCH_SECONDS) --postgres '$(POSTGRES)'
	@$(if $(filter RESULTS,$(notdir $(basename $(bench_results)))),build/bench/bench_rules && build/bench/bench_rules_numeric,true)

format:
	@for pass in 1 2; do git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]' | xargs clang-format -i; done

golden: build
	@scripts/golden.sh --write

clean:
	@rm -rf build build-asan build-clang build-fuzzer build-tsan
