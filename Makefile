# sekisho: two daemons, two tools.  lib/lib.mk, authd/authd.mk and
# policyd/policyd.mk list the rooms and their modules.
#
#   make             build in place           make check    all tests
#   make demo        see it work (KEEP=1)     make lint     format, static checks, manuals
#   make install     PREFIX, DESTDIR          make uninstall, make clean
#   make unit        libcheck programs only   make bench tsan fuzz differential
#   make check-hosts SUITES=, HOSTS=short      make deb         a package in dist/
#   make mutants     MUTANTS=, do the tests notice what is broken?
#
# SANITIZE=1: with address and undefined behaviour sanitizer.
# WERROR=1: a warning is an error.
# DEPS=no: do not look for missing packages and users.

VERSION := 0.1
PREFIX  ?= /usr/local
CONFDIR ?= /etc/sekisho
CC      ?= cc
AR      ?= ar
# A rule of ours that make drops is an error, not one without our flags.
MAKEFLAGS += --no-builtin-rules

include lib/lib.mk authd/authd.mk policyd/policyd.mk

# Optimisation and debugging are the builder's; the rest is ours.
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wswitch-enum -Wformat=2 -Wvla -Wno-format-nonliteral
ifdef WERROR
WARN    += -Werror
endif
HARDEN  := -fPIE -fstack-protector-strong -fstack-clash-protection
FORTIFY := -D_FORTIFY_SOURCE=2
LINK    := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
ifdef SANITIZE
SAN     := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FORTIFY :=
CFLAGS  := -O1 -g -fno-omit-frame-pointer
# Tests preload a clock and a slow disk.
export ASAN_OPTIONS := verify_asan_link_order=0:$(ASAN_OPTIONS)
endif
ifdef TSAN
SAN     := -fsanitize=thread
FORTIFY :=
CFLAGS  := -O1 -g
endif

ALL_CFLAGS   = -std=c11 $(CFLAGS) $(WARN) $(HARDEN) $(SAN) -MMD -MP
ALL_CPPFLAGS = -D_GNU_SOURCE $(FORTIFY) -DVERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_LDFLAGS  = $(LINK) $(SAN) $(LDFLAGS)

ROOMS    := $(AUTHD_ROOMS) $(POLICYD_ROOMS) lib
DAEMONS  := authd/authd policyd/policyd
PROGRAMS := $(AUTHD_PROGRAMS:%=authd/%) $(POLICYD_PROGRAMS:%=policyd/%)
TESTS    := $(LIB_TESTS:%=lib/%) $(AUTHD_TESTS:%=authd/%) \
	$(POLICYD_TESTS:%=policyd/%)
FUZZERS  := $(AUTHD_FUZZERS:%=authd/%) $(POLICYD_FUZZERS:%=policyd/%)
GENERATED := $(patsubst %.in,%,$(wildcard */*.cf.5.in))
MANUALS  := $(sort $(wildcard */*.8 */*.7 */*.5) $(GENERATED))

pkg_libs = $(shell pkg-config --libs $(1))
LIB_LIBS     = $(call pkg_libs,libevent libseccomp libsodium) -lgdbm -lresolv
AUTHD_LIBS   = $(call pkg_libs,$(AUTHD_PACKAGES)) $(LIB_LIBS) -lpthread
POLICYD_LIBS = $(call pkg_libs,$(POLICYD_PACKAGES)) $(LIB_LIBS) -lpthread
CHECK_LIBS   = $(call pkg_libs,check)

all: $(PROGRAMS) lib/lib.a $(GENERATED)

# What a machine lacks is installed before the first compiler run; an
# order-only prerequisite, so that it never makes an object old.
DEPS_TARGETS := $(addprefix .deps.,build check demo bench fuzz lint deb hosts)
$(DEPS_TARGETS): .deps.%: .FORCE
	@$(if $(filter no,$(DEPS)),:,t/deps $*)

# A room sees itself, the rooms of its program that are listed after it, and
# lib: what includes upwards does not compile.
rest = $(wordlist 2,$(words $(1)),$(1))
from = $(if $(filter-out $(1),$(firstword $(2))),\
	$(call from,$(1),$(call rest,$(2))),$(2))
seen_from = $(addprefix -I,$(call from,$(1),$(AUTHD_ROOMS)) \
	$(call from,$(1),$(POLICYD_ROOMS)) lib)

%.o: %.c .flags | .deps.build
	$(CC) $(ALL_CPPFLAGS) $(call seen_from,$(@D)) $(ALL_CFLAGS) -c -o $@ $<
$(TESTS:=.o): | .deps.check

# Objects are built anew when compiler, flags (SANITIZE=1, CC=clang) or rooms
# change.
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(ROOMS)
.flags: .FORCE
	@flags='$(subst ','\'',$(FLAGS))'; \
	test "$$flags" = "$$(cat $@ 2>/dev/null)" || echo "$$flags" >$@
.FORCE:

lib/lib.a:         $(LIB_MODULES:%=lib/%.o)
authd/authd.a:     $(AUTHD_MODULES:%=authd/%.o)
policyd/policyd.a: $(POLICYD_MODULES:%=policyd/%.o)
%.a:
	rm -f $@
	$(AR) rcs $@ $^

authd/authd:       authd/authd.o
authd/authctl:     authd/ctl/authctl.o
policyd/policyd:   policyd/policyd.o
policyd/policyctl: policyd/ctl/policyctl.o
$(AUTHD_PROGRAMS:%=authd/%): authd/authd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(AUTHD_LIBS)
$(POLICYD_PROGRAMS:%=policyd/%): policyd/policyd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(POLICYD_LIBS)

$(LIB_TESTS:%=lib/%): %: %.o lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(LIB_LIBS)
$(AUTHD_TESTS:%=authd/%): %: %.o authd/authd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(AUTHD_LIBS)
policyd/restrict/testing_policy.o: | .deps.check
$(POLICYD_POLICY_TESTS:%=policyd/%): policyd/restrict/testing_policy.o
$(POLICYD_TESTS:%=policyd/%): %: %.o policyd/policyd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(CHECK_LIBS) $(POLICYD_LIBS)

# authd.cf(5), policyd.cf(5): parameters (and restrictions, where the manual
# has a place for them) come from the program's tables.
authd/authd.cf.5: authd/authd.cf.5.in authd/authd
policyd/policyd.cf.5: policyd/policyd.cf.5.in policyd/policyd
%.cf.5: %.cf.5.in
	$* -M >$@.parameters
	! grep -q '^@RESTRICTIONS@$$' $< || $* -R >$@.restrictions
	sed -e '/^@PARAMETERS@$$/{r $@.parameters' -e 'd;}' \
	    -e '/^@RESTRICTIONS@$$/{r $@.restrictions' -e 'd;}' $< >$@.new
	rm -f $@.parameters $@.restrictions
	mv $@.new $@

unit: .deps.check $(TESTS)
	prove -e '' $(TESTS)

# The forked tests of libcheck hide leaks: once more without fork.
check: .deps.check all $(TESTS)
	prove -j2 -e '' $(TESTS) $(sort $(wildcard t/*.t))
	$(if $(SANITIZE),CK_FORK=no prove -e '' $(TESTS))

# Real hosts: releases of Debian under their own systemd.  HOSTS=short: what
# has to be right before anything else can be.
SUITES ?= bookworm trixie
HOSTS_TESTS := t/hosts/$(if $(filter short,$(HOSTS)),10-*,*).t
check-hosts: .deps.hosts
	for suite in $(SUITES); do \
	    echo "--- $$suite"; \
	    SUITE=$$suite prove -e '' $(HOSTS_TESTS) || exit; \
	done

demo: .deps.demo all
	@KEEP=$(KEEP) t/demo

# A race ends a program with a code of its own, which its test notices.
tsan:
	$(MAKE) TSAN=1 CK_TIMEOUT_MULTIPLIER=10 check

bench: .deps.bench all
	t/bench/run

# Fuzzers are compiled in one go, apart from the objects; FUZZ_TIME seconds each.
FUZZ_TIME ?= 60
FUZZ_FLAGS = -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined $(ALL_CPPFLAGS)
$(AUTHD_FUZZERS:%=authd/%): %: %.c .FORCE | .deps.fuzz
	clang $(FUZZ_FLAGS) $(call seen_from,authd) -o $@ $< \
	    $(AUTHD_MODULES:%=authd/%.c) $(LIB_MODULES:%=lib/%.c) $(AUTHD_LIBS)
$(POLICYD_FUZZERS:%=policyd/%): %: %.c .FORCE | .deps.fuzz
	clang $(FUZZ_FLAGS) $(call seen_from,policyd) -o $@ $< \
	    $(POLICYD_MODULES:%=policyd/%.c) $(LIB_MODULES:%=lib/%.c) \
	    $(POLICYD_LIBS)
fuzz: .deps.build .deps.fuzz $(FUZZERS)
	for fuzzer in $(FUZZERS); do \
	    ./$$fuzzer -max_total_time=$(FUZZ_TIME) -verbosity=0 || exit; \
	done

# Random configurations, to Postfix and to policyd, for SECONDS.  SEED=N plays
# what it played before.
SECONDS ?= 300
differential: .deps.check all
	@KEEP=$(KEEP) t/differential/random $(SECONDS) $(SEED)

# Each promise is broken in a copy of the tree, and a test has to notice.
mutants: .deps.check all $(TESTS)
	t/mutants/run '$(MUTANTS)'

lint: .deps.lint all
	WARN='$(WARN)' AUTHD_ROOMS='$(AUTHD_ROOMS)' \
	    POLICYD_ROOMS='$(POLICYD_ROOMS)' t/lint $(MANUALS)

install: all
install uninstall:
	etc/install $@ '$(DESTDIR)' '$(PREFIX)' '$(CONFDIR)' $(PROGRAMS) $(MANUALS)

# For the release of Debian that it is built on; the result is in dist/.
deb: .deps.deb
	env -u MAKEFLAGS -u MFLAGS etc/debian/build $(VERSION)

clean:
	rm -f .flags $(PROGRAMS) $(TESTS) $(FUZZERS) $(GENERATED)
	rm -f $(BENCH_PROGRAMS:%=t/bench/%) $(addsuffix /*.[oda],$(ROOMS) t/bench)
	rm -f */*.cf.5.new */*.cf.5.parameters */*.cf.5.restrictions

include t/bench/bench.mk
-include $(wildcard $(addsuffix /*.d,$(ROOMS) t/bench))

.PHONY: all unit check check-hosts demo tsan bench fuzz differential mutants \
	guard-simulation lint install uninstall deb clean .FORCE
