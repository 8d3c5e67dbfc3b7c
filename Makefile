# sekisho: two daemons, two tools.  Each room lists its modules in ROOM/ROOM.mk.
#
#   make            build in place            make check    all tests
#   make demo       see it work               make lint     format, static checks, manuals
#   make install    PREFIX, DESTDIR           make clean

VERSION := 0.1
PREFIX  ?= /usr/local
CC      ?= cc
AR      ?= ar

include lib/lib.mk authd/authd.mk policyd/policyd.mk

# Optimisation and debugging are the builder's; the rest is ours.
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wformat=2 -Wvla -Wno-format-nonliteral
HARDEN  := -fPIE -fstack-protector-strong -fstack-clash-protection
FORTIFY := -D_FORTIFY_SOURCE=2
LINK    := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
ifdef SANITIZE
SAN     := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FORTIFY :=
CFLAGS  := -O1 -g -fno-omit-frame-pointer
endif
ifdef TSAN
SAN     := -fsanitize=thread
FORTIFY :=
CFLAGS  := -O1 -g
endif

ALL_CFLAGS   = -std=c11 $(CFLAGS) $(WARN) $(HARDEN) $(SAN) -MMD -MP
ALL_CPPFLAGS = -D_GNU_SOURCE $(FORTIFY) -DVERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_LDFLAGS  = $(LINK) $(SAN) $(LDFLAGS)

PROGRAMS := $(AUTHD_PROGRAMS:%=authd/%) $(POLICYD_PROGRAMS:%=policyd/%)
TESTS    := $(LIB_TESTS:%=lib/%) $(AUTHD_TESTS:%=authd/%) \
	$(POLICYD_TESTS:%=policyd/%)

pkg_libs = $(shell pkg-config --libs $(1))
LIB_LIBS     = $(call pkg_libs,libevent) -lgdbm
AUTHD_LIBS   = $(call pkg_libs,$(AUTHD_PACKAGES)) $(LIB_LIBS) -lpthread
POLICYD_LIBS = $(call pkg_libs,$(POLICYD_PACKAGES)) $(LIB_LIBS) -lpthread
CHECK_LIBS   = $(call pkg_libs,check)

all: $(PROGRAMS) lib/lib.a

lib/%.o:     CPPFLAGS += -Ilib
authd/%.o:   CPPFLAGS += -Ilib -Iauthd
policyd/%.o: CPPFLAGS += -Ilib -Ipolicyd

%.o: %.c .flags
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Objects are built anew when compiler or flags change (SANITIZE=1, CC=clang).
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)
.flags: .FORCE
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || \
	    echo '$(subst ','\'',$(FLAGS))' >$@
.FORCE:

lib/lib.a:         $(LIB_MODULES:%=lib/%.o)
authd/authd.a:     $(AUTHD_MODULES:%=authd/%.o)
policyd/policyd.a: $(POLICYD_MODULES:%=policyd/%.o)
%.a:
	rm -f $@
	$(AR) rcs $@ $^

$(AUTHD_PROGRAMS:%=authd/%): %: %.o authd/authd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AUTHD_LIBS)
$(POLICYD_PROGRAMS:%=policyd/%): %: %.o policyd/policyd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(POLICYD_LIBS)

$(LIB_TESTS:%=lib/%): %: %.o lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(LIB_LIBS)
$(AUTHD_TESTS:%=authd/%): %: %.o authd/authd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(AUTHD_LIBS)
$(POLICYD_TESTS:%=policyd/%): %: %.o policyd/policyd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(POLICYD_LIBS)

unit: $(TESTS)
	$(if $(TESTS),prove -e '' $(TESTS))

clean:
	rm -f .flags $(PROGRAMS) $(TESTS) */*.o */*.d */*.a

-include $(wildcard */*.d)

.PHONY: all unit clean .FORCE
