# Builds everything into BUILD: the library, the PDF layer, the renderer,
# certctl, certd, the C unit tests, and the module against the headers of
# Debian's nginx-dev.  "make help" lists targets and variables from this file:
# each has its sentence in a line with "##" above it.

## The folder to build into.
BUILD     ?= build
## The C compiler.
CC        ?= cc
## Flags of the compiler.
CFLAGS    ?= -O2 -g
## Flags of the linker.
LDFLAGS   ?=
## Sanitizers for everything but the module, such as address,undefined; give it its own BUILD.
SANITIZE  ?=
## The source of nginx that the module is built against.
NGINX_DEV ?= /usr/share/nginx/src
## Where to install; the programs look for their templates there.
PREFIX    ?= /usr/local
## The folder of nginx that the module is installed into.
MODULES_DIR ?= /usr/lib/nginx/modules
## The home that the installed unit and examples name.
CERT_HOME ?= /var/lib/ngx_cert
## A folder that stands for / when installing, to make a package.
DESTDIR   ?=

# Installing goes on with what the last build was given, unless the command line
# or the environment says otherwise.  Root, who often installs, has another
# environment than the user who built, and would compile for another nginx.
REMEMBERED := CC CFLAGS LDFLAGS SANITIZE NGINX_DEV PREFIX

ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
$(eval $(file < $(BUILD)/given))
endif

# Without a "/" at the end, unless that is all there is: scripts/install says
# what is wrong with it.
no_slash   = $(or $(patsubst %/,%,$(1)),$(1))

override PREFIX := $(call no_slash,$(PREFIX))
override MODULES_DIR := $(call no_slash,$(MODULES_DIR))
override CERT_HOME := $(call no_slash,$(CERT_HOME))

HASH      := \#
quoted     = $(subst $(HASH),\$(HASH),$(subst $$,$$$$,$(1)))

define remember
ifeq ($$(filter command environment,$$(firstword $$(origin $(1)))),)
$(1) := $(call quoted,$($(1)))
endif

endef

GIVEN     := $(foreach v,$(REMEMBERED),$(call remember,$v))

SRC       := ngx_cert_module
# A function that the next release of a library deprecates is told, and does not
# end the build of a user who has that release.
WARN      := -Wall -Wextra -Werror -Wshadow -Wcast-qual \
             -Wno-error=deprecated-declarations
BASE      := -std=gnu11 -D_GNU_SOURCE -fPIC -fstack-protector-strong

# "override", since flags on the command line would keep these out.
ifneq ($(SANITIZE),)
override CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
                    -fno-sanitize-recover=all
override LDFLAGS += -fsanitize=$(SANITIZE)
endif

# A library that a program does not call costs it time at each start.
NEEDED    := -Wl,--as-needed

CORE_LIBS := -llmdb -lcrypto -lpcre2-8 -lutf8proc
PDF_PKGS  := librsvg-2.0 cairo pangocairo pangoft2 libqrencode libqpdf \
             libpng libjpeg

# What the code calls itself is named here: whether another library's .pc names
# it too differs between releases.  libqpdf's says which C++ it was built for.
PDF_LIBS   = $(shell pkg-config --libs $(PDF_PKGS)) -lm
PDF_FLAGS  = $(subst -I/,-isystem /,$(filter-out -std=%, \
                 $(shell pkg-config --cflags $(PDF_PKGS))))

# The rooms of the library, of the PDF layer, of certctl and of certd; their
# order is in scripts/layers.
CORE_DIRS := $(wildcard $(SRC)/core/*)
PDF_DIRS  := $(wildcard $(SRC)/pdf/*)
CTL_DIRS  := $(wildcard $(SRC)/certctl/*)
CERTD_DIRS := $(wildcard $(SRC)/certd/*)

INC_CORE  := $(CORE_DIRS:%=-I%)
INC_PDF   := $(INC_CORE) $(PDF_DIRS:%=-I%)
INC_RENDER := $(INC_PDF) -I$(SRC)/render
INC_JSON  := $(INC_CORE) -I$(SRC)/json
INC_CTL   := $(INC_RENDER) -I$(SRC)/json $(CTL_DIRS:%=-I%)
INC_CERTD := $(INC_RENDER) -I$(SRC)/json $(CERTD_DIRS:%=-I%)
INC_UNIT  := $(INC_CERTD) $(CTL_DIRS:%=-I%) -It/unit

objects    = $(patsubst $(SRC)/%.c,$(BUILD)/obj/%.o, \
                 $(wildcard $(SRC)/$(1)/*.c $(SRC)/$(1)/*/*.c))

CORE_OBJ  := $(call objects,core)
PDF_OBJ   := $(call objects,pdf)
RENDER_OBJ := $(call objects,render)
JSON_OBJ  := $(call objects,json)
# Linked first, main() and the commands that certctl leaves to certctl-pdf win
# over those of the library.
CTL_MAIN  := $(BUILD)/obj/certctl/commands/certctl.o
CTL_PDF   := $(BUILD)/obj/certctl/commands/certctl_pdf.o
CTL_OBJ   := $(filter-out $(CTL_MAIN) $(CTL_PDF),$(call objects,certctl))

# All of certd but its main(), so that the unit tests can link a part.
CERTD_OBJ := $(filter-out %/certd.o,$(call objects,certd))

# What certctl and certd link, in the order of use.
RENDER_LIBS := $(BUILD)/libcertjson.a $(BUILD)/libcertrender.a \
               $(BUILD)/libcertpdf.a $(BUILD)/libcertcore.a
CERTD_LIBS := -lmicrohttpd -ljansson -lcrypt -lseccomp
CTL_LIBS  := -lcsv -lzip -lexpat -ljansson -lcrypt -lpthread -lm

# A folder of unit tests for each of what they test; the programs lie together.
UNIT_SRC  := $(wildcard t/unit/*/*.c)
UNIT_BIN  := $(patsubst %.c,$(BUILD)/unit/%,$(notdir $(UNIT_SRC)))
TOOL_BIN  := $(patsubst t/tool/%.c,$(BUILD)/tool/%,$(wildcard t/tool/*.c))

SOAK_BIN  := $(BUILD)/soak/crash $(BUILD)/soak/mutants

MODULE    := $(BUILD)/ngx_http_cert_module.so

# A parser each under libFuzzer; everything they link is built for it again.
FUZZ_NAME := $(basename $(notdir $(wildcard t/fuzz/*.c)))
FUZZ_KIND := SANITIZE=fuzzer-no-link,address,undefined

.PHONY: all library pdf render certctl certd module unit unit-certd \
        fuzz fuzz-targets check lint install uninstall places clean help FORCE

## Builds certctl, certd and the module.
all: library certctl certd module

## Builds the library, which certctl, certd and the module share.
library: $(BUILD)/libcertcore.a

## Builds the library of the PDF layer: drawing, sealing and verifying.
pdf: $(BUILD)/libcertpdf.a

## Builds the library of the renderer, which turns a record into a sealed file.
render: $(BUILD)/libcertrender.a

## Builds certctl, the command, and certctl-pdf, which it runs to draw and read PDFs.
certctl: $(BUILD)/certctl

## Builds certd, the daemon.
certd: $(BUILD)/certd

## Builds the module of nginx.
module: $(MODULE)

## Builds the unit tests of certd.
unit-certd: $(filter $(BUILD)/unit/certd_%,$(UNIT_BIN))

## Builds all unit tests and what other tests run.
unit: $(UNIT_BIN) $(TOOL_BIN) $(SOAK_BIN) $(patsubst t/fault/%.c,$(BUILD)/%.so,$(wildcard t/fault/*.c))

$(BUILD)/obj/core/%.o: $(SRC)/core/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_CORE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/pdf/%.o: $(SRC)/pdf/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_PDF) $(PDF_FLAGS) -MMD -MP \
	    -c -o $@ $<

# The folder of the installed templates is compiled in.
$(BUILD)/obj/render/certrender_templates.o: $(BUILD)/prefix
$(BUILD)/obj/render/certrender_templates.o: \
    INC_RENDER += -DCERTRENDER_PREFIX='"$(PREFIX)"'

$(BUILD)/prefix: FORCE | places $(BUILD)/given
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@

# After the check: the next "make install" would go on with a PREFIX that was
# refused.
$(BUILD)/given: export GIVEN := $(GIVEN)
$(BUILD)/given: FORCE | places
	@mkdir -p $(@D)
	@printf '%s\n' "$$GIVEN" | cmp -s - $@ || { rm -f $@; \
	    printf '%s\n' "$$GIVEN" > $@; }

$(BUILD)/obj/render/%.o: $(SRC)/render/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_RENDER) -MMD -MP -c -o $@ $<

$(BUILD)/obj/json/%.o: $(SRC)/json/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_JSON) -MMD -MP -c -o $@ $<

$(BUILD)/obj/certctl/%.o: $(SRC)/certctl/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_CTL) -MMD -MP -c -o $@ $<

$(BUILD)/obj/certd/%.o: $(SRC)/certd/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_CERTD) -MMD -MP -c -o $@ $<

$(BUILD)/libcertcore.a: $(CORE_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libcertpdf.a: $(PDF_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libcertrender.a: $(RENDER_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libcertjson.a: $(JSON_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libcertctl.a: $(CTL_OBJ)
	rm -f $@
	ar rcs $@ $^

# Without PDF_LIBS: a command that comes to need them does not link.
$(BUILD)/certctl: $(CTL_MAIN) $(CTL_PDF) $(BUILD)/libcertctl.a $(RENDER_LIBS) \
                  | $(BUILD)/certctl-pdf
	$(CC) $(CFLAGS) $(LDFLAGS) $(NEEDED) -o $@.new $^ $(CORE_LIBS) \
	    $(CTL_LIBS)
	mv $@.new $@

$(BUILD)/certctl-pdf: $(CTL_MAIN) $(BUILD)/libcertctl.a $(RENDER_LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) $(NEEDED) -o $@.new $^ $(PDF_LIBS) \
	    $(CORE_LIBS) $(CTL_LIBS) -lcurl
	mv $@.new $@

$(BUILD)/libcertd.a: $(CERTD_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/certd: $(BUILD)/obj/certd/master/certd.o $(BUILD)/libcertd.a $(RENDER_LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) $(NEEDED) -o $@.new $^ $(PDF_LIBS) \
	    $(CORE_LIBS) $(CERTD_LIBS) -lpthread
	mv $@.new $@

# Make calls fail, and clocks differ, in the tests; never linked into anything.
$(BUILD)/%.so: t/fault/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -O2 -g -Wall -Wextra -Werror -shared -o $@ $< -ldl

$(BUILD)/unit/certd_%: t/unit/certd/certd_%.c $(BUILD)/libcertd.a $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) -MMD -MP \
	    $(NEEDED) -o $@ $< $(BUILD)/libcertd.a $(RENDER_LIBS) \
	    $(PDF_LIBS) $(CORE_LIBS) $(CERTD_LIBS) -lpthread

$(BUILD)/unit/certjson: CORE_LIBS += -ljansson

vpath %.c $(sort $(dir $(UNIT_SRC)))

$(BUILD)/unit/%: %.c $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(PDF_FLAGS) $(LDFLAGS) \
	    $(NEEDED) -MMD -MP -o $@ $< $(RENDER_LIBS) $(PDF_LIBS) \
	    $(CORE_LIBS) -lpthread

# What the tests and scripts/bench run beside the programs.
$(BUILD)/tool/%: t/tool/%.c $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_RENDER) $(PDF_FLAGS) $(LDFLAGS) \
	    $(NEEDED) -MMD -MP -o $@ $< $(RENDER_LIBS) $(PDF_LIBS) \
	    $(CORE_LIBS) -lseccomp -lpthread

## Builds the fuzz targets of t/fuzz, with clang, into BUILD/fuzz/bin.
fuzz:
	+$(MAKE) CC=clang CFLAGS='-O1 -g' BUILD=$(BUILD)/fuzz $(FUZZ_KIND) \
	    fuzz-targets

## Used by "make fuzz", which gives the flags.
fuzz-targets: $(FUZZ_NAME:%=$(BUILD)/bin/%)

$(BUILD)/bin/%: t/fuzz/%.c $(BUILD)/libcertctl.a $(BUILD)/libcertd.a \
                $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) \
	    -fsanitize=fuzzer -MMD -MP -o $@ $< $(BUILD)/libcertctl.a \
	    $(BUILD)/libcertd.a $(RENDER_LIBS) $(PDF_LIBS) $(CORE_LIBS) \
	    $(CERTD_LIBS) $(CTL_LIBS)

# What the tests t/90-*.t run beside servers.
$(BUILD)/soak/crash: t/soak/crash.c $(BUILD)/libcertcore.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) \
	    -o $@ $^ $(CORE_LIBS) -lpthread

$(BUILD)/soak/mutants: t/soak/mutants.c t/soak/mutants_wire.c \
                          t/soak/mutants.h
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(LDFLAGS) -o $@ $(filter %.c,$^)

# Changes only when a source of the module comes or goes, or nginx or the
# compiler is another one: that alone needs another configure.
SOURCES   := $(wildcard $(SRC)/core/*/*.[ch] $(SRC)/nginx/*/*.[ch])
NGINX_VER := $(shell sed -n 's/^.define nginx_version *//p' \
                 $(NGINX_DEV)/src/core/nginx.h 2> /dev/null)
CONFIGURE := $(CC) $(NGINX_DEV) $(NGINX_VER) $(SOURCES)

$(BUILD)/sources: FORCE | $(BUILD)/given
	@mkdir -p $(@D)
	@echo '$(CONFIGURE)' | cmp -s - $@ || echo '$(CONFIGURE)' > $@

# nginx's configure works in its source tree, so a tree of links is made.
$(BUILD)/nginx/objs/Makefile: config $(BUILD)/sources
	rm -rf $(BUILD)/nginx
	cp -rs $(NGINX_DEV) $(BUILD)/nginx
	cd $(BUILD)/nginx && CC='$(CC)' bash -c '. ./conf_flags && \
	    ./configure "$${NGX_CONF_FLAGS[@]}" --with-cc="$(CC)" \
	    --with-cc-opt="-g -O2 -fPIC -fstack-protector-strong \
	        -D_FORTIFY_SOURCE=2 -Wformat -Wextra -Wno-unused-parameter" \
	    --with-ld-opt="-Wl,-z,relro -Wl,-z,now -fPIC" \
	    --add-dynamic-module="$(CURDIR)"' > configure.log 2>&1 \
	    || { tail -5 configure.log >&2; exit 1; }

# The flags that nginx is built with, hardening among them, are in its makefile:
# those of our command line would take their place.
$(MODULE): MAKEOVERRIDES :=

# Renamed into place: an nginx that runs keeps the module it has mapped.
$(MODULE): $(BUILD)/nginx/objs/Makefile $(SOURCES)
	+$(MAKE) -s -C $(BUILD)/nginx -f objs/Makefile modules
	cp $(BUILD)/nginx/objs/ngx_http_cert_module.so $@.new
	mv $@.new $@

## Builds everything and runs the tests that need no other build.
check: all unit
	prove -j4 t

## Checks style and layers, and builds everything with clang too.
lint: all
	scripts/style
	scripts/layers
	+$(MAKE) -s CC=clang BUILD=$(BUILD)/clang all unit

# The scripts take them from the environment: a DESTDIR may have any character.
install uninstall places: export BUILD := $(BUILD)
install uninstall places: export DESTDIR := $(DESTDIR)
install uninstall places: export PREFIX := $(PREFIX)
install uninstall places: export MODULES_DIR := $(MODULES_DIR)
install uninstall places: export CERT_HOME := $(CERT_HOME)

## Installs what is built below PREFIX, and the module into MODULES_DIR.
install: places all
	@scripts/install

## Removes what "make install" installed below the same DESTDIR and PREFIX.
uninstall: places
	@scripts/install --remove

## Checks PREFIX, MODULES_DIR and CERT_HOME, as install does.
places:
	@scripts/install --check

## Removes BUILD.
clean:
	rm -rf $(BUILD)

## Lists the targets, then the variables with their defaults.
help:
	@awk '/^## / { told = substr($$0, 4); next } \
	    told != "" && /^[a-z-]+:/ { \
	        printf "  %-13s %s\n", substr($$1, 1, length($$1) - 1), told } \
	    told != "" && /^[A-Z_]+ *\?=/ { \
	        text = $$0; sub(/^[^=]*= ?/, "", text); \
	        variables = variables sprintf("  %-13s %s%s\n", $$1, told, \
	            text == "" ? "" : "  (" text ")") } \
	    { told = "" } \
	    END { print "\nVariables, as in \"make CC=clang\":\n" variables }' \
	    $(firstword $(MAKEFILE_LIST))

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d \
    $(BUILD)/unit/*.d $(BUILD)/tool/*.d $(BUILD)/bin/*.d)
