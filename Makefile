# Builds everything into build/: the library, the PDF layer, the renderer,
# certctl, the C unit tests, and the module against the headers of Debian's
# nginx-dev.
#
#     make            library, certctl and module
#     make check      everything above, then all tests
#     make fuzz       the fuzz targets, with clang, into build/fuzz/bin
#     make lint       style and layers, and everything built with clang too
#
# CC, CFLAGS and LDFLAGS are honoured; SANITIZE=address,undefined builds all
# but the module with sanitizers (into BUILD, which should then differ).

BUILD     ?= build
CC        ?= cc
CFLAGS    ?= -O2 -g
SANITIZE  ?=

SRC       := ngx_cert_module
WARN      := -Wall -Wextra -Werror -Wshadow -Wcast-qual
BASE      := -std=gnu11 -D_GNU_SOURCE -fPIC -fstack-protector-strong

ifneq ($(SANITIZE),)
CFLAGS    += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
             -fno-sanitize-recover=all
LDFLAGS   += -fsanitize=$(SANITIZE)
endif

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
INC_CTL   := $(INC_RENDER) $(CTL_DIRS:%=-I%)
INC_CERTD := $(INC_RENDER) $(CERTD_DIRS:%=-I%)
INC_UNIT  := $(INC_CERTD) $(CTL_DIRS:%=-I%) -It/unit

objects    = $(patsubst $(SRC)/%.c,$(BUILD)/obj/%.o, \
                 $(wildcard $(SRC)/$(1)/*.c $(SRC)/$(1)/*/*.c))

CORE_OBJ  := $(call objects,core)
PDF_OBJ   := $(call objects,pdf)
RENDER_OBJ := $(call objects,render)
CTL_OBJ   := $(call objects,certctl)

# All of certd but its main(), so that the unit tests can link a part.
CERTD_OBJ := $(filter-out %/certd.o,$(call objects,certd))

# What certctl and certd link, in the order of use.
RENDER_LIBS := $(BUILD)/libcertrender.a $(BUILD)/libcertpdf.a \
               $(BUILD)/libcertcore.a
CERTD_LIBS := -lmicrohttpd -ljansson -lcrypt -lseccomp

UNIT_BIN  := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(wildcard t/unit/*.c))

WEATHER_BIN := $(BUILD)/weather/crash $(BUILD)/weather/mutants

NGINX_DEV ?= /usr/share/nginx/src
MODULE    := $(BUILD)/ngx_http_cert_module.so

# A parser each under libFuzzer; everything they link is built for it again.
FUZZ_NAME := $(basename $(notdir $(wildcard t/fuzz/*.c)))
FUZZ_KIND := SANITIZE=fuzzer-no-link,address,undefined

.PHONY: all library pdf render certctl certd module unit unit-certd \
        fuzz fuzz-targets check lint clean FORCE

all: library certctl certd module

library: $(BUILD)/libcertcore.a
pdf: $(BUILD)/libcertpdf.a
render: $(BUILD)/libcertrender.a
certctl: $(BUILD)/certctl
certd: $(BUILD)/certd
module: $(MODULE)
unit-certd: $(filter $(BUILD)/unit/certd_%,$(UNIT_BIN))
unit: $(UNIT_BIN) $(WEATHER_BIN) $(patsubst t/fault/%.c,$(BUILD)/%.so,$(wildcard t/fault/*.c))

$(BUILD)/obj/core/%.o: $(SRC)/core/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_CORE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/pdf/%.o: $(SRC)/pdf/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_PDF) $(PDF_FLAGS) -MMD -MP \
	    -c -o $@ $<

$(BUILD)/obj/render/%.o: $(SRC)/render/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_RENDER) -MMD -MP -c -o $@ $<

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

$(BUILD)/certctl: $(CTL_OBJ) $(RENDER_LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.new $^ $(PDF_LIBS) $(CORE_LIBS) \
	    -lcsv -ljansson -lcrypt -lpthread
	mv $@.new $@

$(BUILD)/libcertd.a: $(CERTD_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/certd: $(BUILD)/obj/certd/master/certd.o $(BUILD)/libcertd.a $(RENDER_LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.new $^ $(PDF_LIBS) $(CORE_LIBS) \
	    $(CERTD_LIBS) -lpthread
	mv $@.new $@

# Make calls fail, and clocks differ, in the tests; never linked into anything.
$(BUILD)/%.so: t/fault/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -O2 -g -Wall -Wextra -Werror -shared -o $@ $< -ldl

$(BUILD)/unit/certd_%: t/unit/certd_%.c $(BUILD)/libcertd.a $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) -MMD -MP \
	    -o $@ $< $(BUILD)/libcertd.a $(RENDER_LIBS) $(PDF_LIBS) \
	    $(CORE_LIBS) $(CERTD_LIBS) -lpthread

$(BUILD)/unit/%: t/unit/%.c $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(PDF_FLAGS) $(LDFLAGS) \
	    -MMD -MP -o $@ $< $(RENDER_LIBS) $(PDF_LIBS) $(CORE_LIBS) -lpthread

fuzz:
	+$(MAKE) CC=clang CFLAGS='-O1 -g' BUILD=$(BUILD)/fuzz $(FUZZ_KIND) \
	    fuzz-targets

fuzz-targets: $(FUZZ_NAME:%=$(BUILD)/bin/%)

$(BUILD)/libcertctl.a: $(filter-out %/certctl.o,$(CTL_OBJ))
	rm -f $@
	ar rcs $@ $^

$(BUILD)/bin/%: t/fuzz/%.c $(BUILD)/libcertctl.a $(BUILD)/libcertd.a \
                $(RENDER_LIBS)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) \
	    -fsanitize=fuzzer -MMD -MP -o $@ $< $(BUILD)/libcertctl.a \
	    $(BUILD)/libcertd.a $(RENDER_LIBS) $(PDF_LIBS) $(CORE_LIBS) \
	    $(CERTD_LIBS) -lcsv -lpthread

# What the tests t/90-*.t run beside servers.
$(BUILD)/weather/crash: t/weather/crash.c $(BUILD)/libcertcore.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(INC_UNIT) $(LDFLAGS) \
	    -o $@ $^ $(CORE_LIBS) -lpthread

$(BUILD)/weather/mutants: t/weather/mutants.c t/weather/mutants_wire.c \
                          t/weather/mutants.h
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(WARN) $(LDFLAGS) -o $@ $(filter %.c,$^)

# Changes only when a source of the module comes or goes, or nginx or the
# compiler is another one: that alone needs another configure.
SOURCES   := $(wildcard $(SRC)/core/*/*.[ch] $(SRC)/nginx/*.[ch])
NGINX_VER := $(shell sed -n 's/^.define nginx_version *//p' \
                 $(NGINX_DEV)/src/core/nginx.h 2> /dev/null)
CONFIGURE := $(CC) $(NGINX_DEV) $(NGINX_VER) $(SOURCES)

$(BUILD)/sources: FORCE
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

# Renamed into place: an nginx that runs keeps the module it has mapped.
$(MODULE): $(BUILD)/nginx/objs/Makefile $(SOURCES)
	+$(MAKE) -s -C $(BUILD)/nginx -f objs/Makefile modules
	cp $(BUILD)/nginx/objs/ngx_http_cert_module.so $@.new
	mv $@.new $@

check: all unit
	prove -j4 t

lint: all
	scripts/style
	scripts/layers
	+$(MAKE) -s CC=clang BUILD=$(BUILD)/clang all unit

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d \
    $(BUILD)/unit/*.d $(BUILD)/bin/*.d)
