# salespulse: a plain PGXS extension. `make help` lists the targets.
#
# The rooms of src/ are listed in their order: a room uses only rooms above it
# (test/lint/rooms.sh proves it).  All C files of a listed room belong to it.
# A room declares its SQL in four kinds of file, each optional, each possibly
# split by topic (schema_x.sql, functions_x.sql ...):
#   schema.sql     once: shell types, tables, sequences
#   functions.sql  at install and again at every update: C and PL/pgSQL functions
#   objects.sql    once: complete types, operators, classes, casts, triggers
#   views.sql      at install and again at every update: views, aggregates, SQL functions over the above
# A pack, src/packs/NAME, is an extension salespulse_NAME of SQL alone.

PACKS        = $(sort $(notdir $(wildcard src/packs/*)))
EXTENSION    = control/salespulse $(PACKS:%=control/salespulse_%)
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" control/salespulse.control)
MODULE_big   = salespulse

ROOMS        = base types calendar aging health stats event rule care escalation rollup bridge report jobs

OBJS         = $(patsubst %.c,%.o,$(foreach room,$(ROOMS),$(sort $(wildcard src/$(room)/*.c))))
room_sql     = $(foreach kind,$(2),$(sort $(wildcard src/$(1)/$(kind).sql src/$(1)/$(kind)_*.sql)))
ALL_SQL      = src/preamble.sql $(foreach room,$(ROOMS),$(call room_sql,$(room),schema functions objects views)) src/closing.sql
INSTALL_SQL  = control/salespulse--$(EXTVERSION).sql
UPDATE_STEPS = $(wildcard control/updates/*--$(EXTVERSION).sql)
UPDATE_SQL   = $(UPDATE_STEPS:control/updates/%=control/salespulse--%)
# an update runs its step, then room by room what is re-run, with the schema and objects files that are new since
new_sql      = $(filter $(shell grep -v '^\#' $(1:.sql=.new)),$(call room_sql,$(2),$(3)))
rerun_sql    = $(foreach room,$(ROOMS),$(call new_sql,$(1),$(room),schema) $(call room_sql,$(room),functions) \
	$(call new_sql,$(1),$(room),objects) $(call room_sql,$(room),views)) src/closing.sql
pack_version = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" control/salespulse_$(1).control)
PACK_SQL     = $(foreach pack,$(PACKS),control/salespulse_$(pack)--$(call pack_version,$(pack)).sql)
PACK_STEPS   = $(foreach pack,$(PACKS),$(wildcard control/updates/$(pack)/*--$(call pack_version,$(pack)).sql))
PACK_UPDATES = $(addprefix control/salespulse_,$(subst /,--,$(PACK_STEPS:control/updates/%=%)))
DATA_built   = $(INSTALL_SQL) $(UPDATE_SQL) $(PACK_SQL) $(PACK_UPDATES)
DATA         = $(wildcard control/released/*.sql)

REGRESS      = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=ltree --load-extension=salespulse
ISOLATION    = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=ltree --load-extension=salespulse
TAP_TESTS    = 1
PROVE_TESTS  = $(sort $(wildcard test/t/*.pl))

PG_CPPFLAGS  = -I$(srcdir)/src -DSALESPULSE_VERSION='"$(EXTVERSION)"'
# -Bsymbolic: a name of ours is ours, whatever the server or its libraries export
SHLIB_LINK   = -Wl,-Bsymbolic
PG_CFLAGS    = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -MMD -MP
EXTRA_CLEAN  = $(OBJS:.o=.d) $(OBJS:.o=.bc) $(DATA_built) build

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
TASKS        = help deps relay install-relay unit lint fuzz check check-long demo bench
ifneq ($(filter $(TASKS),$(MAKECMDGOALS)),)
# PGXS has a "check" of its own, which only says that it is not supported
else ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
# what Prometheus and Grafana take
install: install-monitoring
.PHONY: install-monitoring
install-monitoring:
	$(MKDIR_P) '$(DESTDIR)$(datadir)/salespulse'
	$(INSTALL_DATA) $(wildcard $(srcdir)/control/monitoring/*) '$(DESTDIR)$(datadir)/salespulse/'
uninstall: uninstall-monitoring
.PHONY: uninstall-monitoring
uninstall-monitoring:
	rm -f $(addprefix '$(DESTDIR)$(datadir)/salespulse/',$(notdir $(wildcard $(srcdir)/control/monitoring/*)))
else
all install installcheck:
	@echo "pg_config was not found. Type: make deps" >&2; exit 1
clean:
	rm -rf build
endif
-include $(OBJS:.o=.d)

$(INSTALL_SQL): $(ALL_SQL) control/salespulse.control
	cat $(filter %.sql,$^) > $@
$(UPDATE_SQL): control/salespulse--%: src/preamble.sql control/updates/% $(ALL_SQL) $(UPDATE_STEPS:.sql=.new)
	cat src/preamble.sql control/updates/$* $(call rerun_sql,control/updates/$*) > $@
$(PACK_SQL): $(wildcard src/packs/*/*.sql) $(PACKS:%=control/salespulse_%.control)
	cat $(call room_sql,packs/$(call pack_of,$@),schema functions views) > $@
pack_of      = $(patsubst control/salespulse_%,%,$(firstword $(subst --, ,$(1))))
$(PACK_UPDATES): $(wildcard src/packs/*/*.sql) $(PACK_STEPS)
	cat $(@:control/salespulse_$(call pack_of,$@)--%=control/updates/$(call pack_of,$@)/%) \
		$(call room_sql,packs/$(call pack_of,$@),functions views) > $@

# ---- what people type -------------------------------------------------------

.PHONY: $(TASKS)
ifneq ($(filter $(TASKS),$(MAKECMDGOALS)),)
help:			## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22
deps:			## install what building and testing needs (Debian 12)
	@test/harness/deps.sh
relay:			## build the delivery program, build/salespulse-relay
	@$(MAKE) --no-print-directory -C src/relay
install-relay:		## and install it with its service of systemd, below prefix (/usr/local)
	@$(MAKE) --no-print-directory -C src/relay install
unit:			## C unit tests of the pure cores, under ASan and UBSan
	@$(MAKE) --no-print-directory -C test/unit check
lint:			## house rules: rooms, symbols, sizes, comments, rights, names, layout
	@test/lint/run.sh
fuzz:			## parsers against random input, briefly
	@$(MAKE) --no-print-directory -C test/fuzz check
check:			## everything: install what is needed, build, test in a throwaway cluster, count
	@test/harness/check.sh
check-long:		## check, with the long variants
	@PULSE_LONG=1 test/harness/check.sh
demo:			## the main job from an application's tables to delivered messages
	@test/harness/demo.sh
bench:			## measure, as ratios within one run
	@test/bench/run.sh
endif
