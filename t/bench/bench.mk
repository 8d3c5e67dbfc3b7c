# Load generators, floor servers, and a DNS server of invented answers: what
# t/bench/run works with.  user_timing runs alone.

BENCH_MODULES  := clients exchange floor measurement stream
BENCH_PROGRAMS := auth_floor auth_load dns_stub policy_floor policy_load \
	user_timing

t/bench/%.o: CPPFLAGS += $(call seen_from,authd)

t/bench/bench.a: $(BENCH_MODULES:%=t/bench/%.o)
$(BENCH_PROGRAMS:%=t/bench/%): %: %.o t/bench/bench.a authd/authd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AUTHD_LIBS) -lm

bench: $(BENCH_PROGRAMS:%=t/bench/%)

# The guard against users and thieves: t/bench/guard_simulation.c.
GUARD_OBJECTS := $(addprefix t/bench/guard_,simulation.o player.o world.o)
$(GUARD_OBJECTS): CPPFLAGS += $(call seen_from,policyd)
t/bench/guard_simulation: $(GUARD_OBJECTS) policyd/policyd.a lib/lib.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(POLICYD_LIBS) -lm

SEED ?= 1 2 3 4 5
guard-simulation: t/bench/guard_simulation
	t/bench/guard_simulation $(SEED)
	t/bench/guard_simulation -s 7 $(SEED)
