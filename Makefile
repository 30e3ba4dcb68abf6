# pam_motp: build, install, test. "make" alone builds; "make demo" shows a login; "make help" lists
# the rest.

PREFIX  ?= /usr/local
DESTDIR ?=
SYSCONF ?= /etc/security
STATE   ?= /var/lib/motp
DOCDIR  ?= $(PREFIX)/share/doc/pam_motp
SBINDIR ?= $(PREFIX)/sbin
MANDIR  ?= $(PREFIX)/share/man
# Where shells look for completions: zsh's own folder is Debian's for what is in a package.
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
# A folder in which systemd looks for units, whatever the prefix. UNITDIR= installs none.
UNITDIR ?= $(if $(filter-out /usr /usr/local,$(PREFIX)),/usr/local,$(PREFIX))/lib/systemd/system
# The folder of PAM's modules on this architecture: where pam_unix.so is.
PAMDIR  ?= $(or $(patsubst %/,%,$(dir $(firstword $(wildcard \
	/usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/security/pam_unix.so \
	/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/security/pam_unix.so \
	/usr/lib64/security/pam_unix.so /lib64/security/pam_unix.so \
	/lib/security/pam_unix.so)))),/usr/lib/security)

CC      ?= cc
GO      ?= go
VERSION ?= $(shell packaging/version)
B       := $(CURDIR)/build

# gcc, PAM's headers, and what the tests and the demo log in through.
BUILD_PACKAGES := gcc libc6-dev libpam0g-dev
TEST_PACKAGES  := $(shell sed 's/\#.*//' test/packages 2>/dev/null)
DEMO_PACKAGES  := openssh-client openssh-server
PROVE_PACKAGES := $(shell sed 's/\#.*//' test/prove/packages 2>/dev/null)
LINT_PACKAGES  := clang cppcheck
FUZZ_PACKAGES  := clang libclang-rt-dev
SANITIZE_PACKAGES := valgrind
, := ,

HARDEN   = -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections $(BRANCHES)
# Calls and jumps land only where one may, on processors that can look: x86's CET, arm64's BTI.
BRANCHES = $(firstword $(foreach f,-fcf-protection -mbranch-protection=standard,\
	$(shell $(CC) -Werror $f -xc -c /dev/null -o /dev/null 2>/dev/null && echo $f)))
LDFLAGS_HARDEN := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--build-id=sha1
# Keeps Go's initializer from running in the host, sets Go's data apart, and exports nothing but
# PAM's functions: see pam/deferred.ld, pam/late.ld, pam/exports.map.
HARDEN_LDFLAGS := -Wl,--version-script=$(CURDIR)/pam/exports.map \
	$(LDFLAGS_HARDEN) -Wl,-z,defs -Wl,--gc-sections
# What is wrapped stands in pam/worker.c.
MODULE_LDFLAGS := -Wl,-T,$(CURDIR)/pam/deferred.ld -Wl,-T,$(CURDIR)/pam/late.ld \
	-Wl,--wrap=x_cgo_sigaction $(HARDEN_LDFLAGS)
C_SOURCES := $(wildcard pam/*.c pam/thin/*.c)
# The module without Go has what motpd needs of a host, and no worker.
THIN_SOURCES := $(filter-out pam/worker.c pam/late.c,$(C_SOURCES))
THIN_LIBS ?= -lpam
C_WARNINGS := -std=gnu11 -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wcast-qual -Wcast-align -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wredundant-decls -Wundef -Wvla -Wwrite-strings -Wpointer-arith \
	-Wswitch-enum -Wnull-dereference -Wdouble-promotion -Wfloat-equal -Wimplicit-fallthrough \
	-Wstack-usage=24576

# make and the linker script's path part words at blanks.
$(if $(word 2,$(CURDIR)),$(error \
	the path of this folder has a blank in it, which make cannot handle: $(CURDIR)))

export CGO_ENABLED := 1

.PHONY: build man install uninstall test demo lint bench prove fuzz mutants sanitize clean help
.PHONY: FORCE
build: $(B)/pam_motp.so $(B)/motp $(B)/motpd $(B)/motpd-etcd man ## all, in build/ (default)

# "-buildid=" for what is to be the same whatever this folder's path is; go then links each time.
LINK_ID ?=
MODULE_BUILD := $(GO) build -buildmode=c-shared -trimpath
SET_VERSION  := -X github.com/pam-motp/pam-motp/internal/version.text=$(VERSION)

# Takes Go's data off the loader, see pam/late.c. It runs here, whatever the module is built for.
LATE := GOOS= GOARCH= CGO_ENABLED=0 $(GO) run ./packaging/late

# Go knows what is up to date.
$(B)/pam_motp.so: FORCE | need-build
	CGO_CFLAGS="$(HARDEN) '-DMOTP_VERSION=\"$(VERSION)\"'" $(MODULE_BUILD) \
		-ldflags "-s -w $(LINK_ID) -linkmode=external -extldflags '$(MODULE_LDFLAGS)'" \
		-o $(B)/linked/pam_motp.so ./pam
	@rm -f $(B)/linked/pam_motp.h
	$(LATE) $(B)/linked/pam_motp.so $@

.PHONY: thin
thin: $(B)/thin/pam_motp.so ## the module without Go, for hosts where motpd always runs
$(B)/thin/pam_motp.so: FORCE
	@mkdir -p $(B)/thin
	$(CC) -std=gnu11 -fPIC -shared $(HARDEN) '-DMOTP_VERSION="$(VERSION)"' $(THIN_CFLAGS) \
		-s $(HARDEN_LDFLAGS) -o $@.new $(THIN_SOURCES) $(THIN_LIBS)
	@mv -f $@.new $@

COMMAND_BUILD = CGO_CFLAGS="$(HARDEN)" $(GO) build -buildmode=pie -trimpath -ldflags \
	"-s -w $(LINK_ID) $(SET_VERSION) -linkmode=external -extldflags '$(LDFLAGS_HARDEN)'"
$(B)/motp: FORCE | need-build
	$(COMMAND_BUILD) -o $@ ./cmd/motp

# With cgo, so that accounts are looked up as the system does (nsswitch.conf).
$(B)/motpd: FORCE | need-build
	$(COMMAND_BUILD) -o $@ ./cmd/motpd
$(B)/motpd-etcd: FORCE | need-build
	$(COMMAND_BUILD) -o $@ ./cmd/motpd-etcd

# Pages by hand, and those of the command's own tree with their completions, which are made here,
# whatever the command is built for. "make install" says in them where the documents are.
MANUAL   := packaging/man
MAN_DATE := $(shell sed -n '1s/^.Dd //p' $(MANUAL)/pam_motp.8)
PAGES    := pam_motp.8 motpd.8 motp.conf.5
man: | need-build ## the manual pages, in build/man: man -l build/man/pam_motp.8
	@rm -rf $(B)/man.new && mkdir -p $(B)/man.new
	GOOS= GOARCH= CC=cc $(GO) run -ldflags "$(SET_VERSION)" ./packaging/manual \
		$(B)/man.new "$(MAN_DATE)" "$(VERSION)" $(MANUAL)/motp.more
	@for p in $(PAGES); do sed 's|@VERSION@|$(VERSION)|' $(MANUAL)/$$p \
		>$(B)/man.new/$$p || exit 1; done
	@rm -rf $(B)/man && mv $(B)/man.new $(B)/man

# Root's umask may be 077: every mode is given, or set.
DOCUMENTS := examples docs README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
# Where there is no Go, or too old a one, what is built is installed as it is: root need not have
# one. A folder that is there keeps its mode, and a library in use is replaced in one step.
# Only "make install" is to ask go, which may have to fetch a newer one.
GO_FITS = $(shell packaging/go-fits $(GO) 2>/dev/null && echo yes)
BUILT := $(and $(wildcard $(B)/pam_motp.so),$(wildcard $(B)/motp),$(wildcard $(B)/motpd), \
	$(wildcard $(B)/motpd-etcd),$(wildcard $(B)/man))
BUILD_FIRST = $(if $(filter install,$(MAKECMDGOALS)),$(if $(GO_FITS),build,$(if $(BUILT),,build)))
# Units are for a package, or for a machine that has systemd; HERE is not a package's folder.
UNITS := motpd.socket motpd-root.socket motpd.service motpd-etcd.service
TO_UNITS := $(if $(UNITDIR),$(if $(or $(DESTDIR),$(shell command -v systemctl)),$(UNITDIR)))
HERE := $(if $(DESTDIR),,yes)
QUIET := $(findstring s,$(firstword -$(MAKEFLAGS)))
# How to remove the package that has a file, which is then not make's, unless by FORCE=1.
owner = $(if $(HERE),$(if $(filter 1,$(FORCE)),,$(shell packaging/owner "$1")))
OWNER = $(call owner,$(PAMDIR)/pam_motp.so)
refuse = $(if $1,@echo "make: a package has $2. Nothing has been changed." \
	"Instead: $1; in spite of it: make $@ FORCE=1" >&2; exit 1)
install: $(BUILD_FIRST) ## module, commands, manual, examples; an existing motp.conf stays
	$(call refuse,$(OWNER),the module)
	for d in "$(DESTDIR)$(PAMDIR)" "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(SYSCONF)" \
		"$(DESTDIR)$(SBINDIR)" $(if $(TO_UNITS),"$(DESTDIR)$(TO_UNITS)") \
		"$(DESTDIR)$(DOCDIR)" $(foreach n,1 5 8,"$(DESTDIR)$(MANDIR)/man$n") \
		"$(DESTDIR)$(BASHDIR)" "$(DESTDIR)$(ZSHDIR)" "$(DESTDIR)$(FISHDIR)"; \
		do test -d "$$d" || install -d "$$d" || exit 1; done
	test -d "$(DESTDIR)$(STATE)" || install -d -m 0700 "$(DESTDIR)$(STATE)"
	install -m 0644 $(B)/pam_motp.so "$(DESTDIR)$(PAMDIR)/.pam_motp.so.new"
	mv -f "$(DESTDIR)$(PAMDIR)/.pam_motp.so.new" "$(DESTDIR)$(PAMDIR)/pam_motp.so"
	install -m 0755 $(B)/motp "$(DESTDIR)$(PREFIX)/bin/.motp.new"
	mv -f "$(DESTDIR)$(PREFIX)/bin/.motp.new" "$(DESTDIR)$(PREFIX)/bin/motp"
	for p in motpd motpd-etcd; do \
		install -m 0755 $(B)/$$p "$(DESTDIR)$(SBINDIR)/.$$p.new" && \
		mv -f "$(DESTDIR)$(SBINDIR)/.$$p.new" "$(DESTDIR)$(SBINDIR)/$$p" || exit 1; done
	for u in $(if $(TO_UNITS),$(UNITS)); do \
		sed 's|@SBINDIR@|$(SBINDIR)|; s|@DOCDIR@|$(DOCDIR)|' packaging/systemd/$$u | \
		install -m 0644 /dev/stdin "$(DESTDIR)$(TO_UNITS)/$$u" || exit 1; done
	for p in $(B)/man/*.[158]; do sed 's|@DOCDIR@|$(DOCDIR)|' $$p | \
		install -m 0644 /dev/stdin \
		"$(DESTDIR)$(MANDIR)/man$${p##*.}/$${p##*/}" || exit 1; done
	install -m 0644 $(B)/man/motp.bash "$(DESTDIR)$(BASHDIR)/motp"
	install -m 0644 $(B)/man/motp.zsh "$(DESTDIR)$(ZSHDIR)/_motp"
	install -m 0644 $(B)/man/motp.fish "$(DESTDIR)$(FISHDIR)/motp.fish"
	cp -r $(DOCUMENTS) "$(DESTDIR)$(DOCDIR)/"
	rm -f "$(DESTDIR)$(DOCDIR)"/examples/*.go
	cd "$(DESTDIR)$(DOCDIR)" && chmod -R u=rwX,go=rX $(DOCUMENTS)
	install -d "$(DESTDIR)$(DOCDIR)/web"
	install -m 0644 web/dist/* "$(DESTDIR)$(DOCDIR)/web/"
	test -e "$(DESTDIR)$(SYSCONF)/motp.conf" || \
		install -m 0600 examples/motp.conf "$(DESTDIR)$(SYSCONF)/motp.conf"
	$(if $(TO_UNITS),$(if $(HERE),@QUIET=$(QUIET) packaging/units installed))

uninstall: ## what install put there; users and their records stay
	$(call refuse,$(call owner,$(PREFIX)/bin/motp),the command)
	@$(if $(OWNER),exit;) services=$$(packaging/services "$(DESTDIR)") || { \
	echo "make: these services name pam_motp.so, and refuse everyone without it:"; \
	echo "$$services"; \
	test "$(FORCE)" = 1 || { \
	echo "$$services" | packaging/remedies "$(DESTDIR)" "$(STATE)"; \
	echo "Nothing has been changed. In spite of it: make uninstall FORCE=1"; exit 1; }; } >&2
	$(if $(TO_UNITS),$(if $(HERE),$(if $(OWNER),,@packaging/units remove)))
	rm -f $(if $(OWNER),,"$(DESTDIR)$(PAMDIR)/pam_motp.so") "$(DESTDIR)$(PREFIX)/bin/motp" \
		"$(DESTDIR)$(SBINDIR)/motpd" "$(DESTDIR)$(SBINDIR)/motpd-etcd" \
		$(if $(UNITDIR),$(UNITS:%="$(DESTDIR)$(UNITDIR)/%"))
	$(if $(TO_UNITS),$(if $(HERE),@QUIET=$(QUIET) \
		packaging/units $(if $(OWNER),installed,removed)))
	rm -rf "$(DESTDIR)$(DOCDIR)"
	rm -f "$(DESTDIR)$(MANDIR)"/man1/motp.1 "$(DESTDIR)$(MANDIR)"/man1/motp-*.1 \
		"$(DESTDIR)$(MANDIR)/man5/motp.conf.5" "$(DESTDIR)$(MANDIR)/man8/motpd.8" \
		"$(DESTDIR)$(MANDIR)/man8/pam_motp.8" "$(DESTDIR)$(BASHDIR)/motp" \
		"$(DESTDIR)$(ZSHDIR)/_motp" "$(DESTDIR)$(FISHDIR)/motp.fish"
	@echo "kept: $(DESTDIR)$(SYSCONF)/motp.conf $(DESTDIR)$(STATE)" \
		$(if $(OWNER),"$(PAMDIR)/pam_motp.so (a package's: $(OWNER))")

test: build need-test web-modules ## every test, through the real sshd, OpenVPN, sudo (as root)
	$(GO) test -count=1 $(GOTESTFLAGS) -timeout 20m ./...

# The token as a web page. What is built of web/src is committed in web/dist, so that only who
# changes it needs Node; the tests build it once more, and compare.
.PHONY: web web-modules need-web
web: web-modules ## the token as a web page: web/dist from web/src
	node web/build.mjs
web-modules: web/node_modules/.package-lock.json
web/node_modules/.package-lock.json: web/package-lock.json | need-web
	cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
need-web: PACKAGES = $(if $(shell command -v npm 2>/dev/null),,npm)
need-web:
	@packaging/need $(PACKAGES)

demo: build need-demo ## a login with a code, seen step by step
	$(GO) build -o $(B)/demo ./test/demo
	$(B)/demo

bench: build need-bench ## what a login costs, beside other modules; see BENCHFLAGS=-help
	$(GO) build -o $(B)/bench ./test/bench
	$(B)/bench $(BENCHFLAGS)

prove: build need-prove ## robustness: faults, crashes, limits, load; twelve minutes, as root
	$(GO) build -o $(B)/prove ./test/prove
	$(B)/prove $(PROVEFLAGS)

FUZZTIME ?= 10m
fuzz: build need-fuzz ## every fuzz target for FUZZTIME, the C under sanitizers; two run at a time
	$(GO) run ./test/fuzz -time $(FUZZTIME) $(FUZZFLAGS)

mutants: build need-test ## breaks a copy of the code line by line: tests must fail; as root
	$(GO) run ./test/mutants $(MUTANTFLAGS)

# What runs the module's C in test/module with AddressSanitizer and UndefinedBehaviorSanitizer, and
# in hosts under valgrind. Left out are tests of the library's form, which is another one then; of
# limits and of memory, where the sanitizer has its own; and of hosts that fork beside busy threads,
# whose locks it does not put right in the child, for which one test runs at a time. Leaks are
# looked for by valgrind, and by the sanitizer in test/fuzz.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
NOT_SANITIZED := NoGoAtLoad|Hardening|Needs|PlainBuild|FewResources|BusyHost|LeftInMemory
NOT_SANITIZED := $(NOT_SANITIZED)|LookLikeUsers|SameCodeTwice|FiftyGuesses|AmongGuesses
NOT_SANITIZED := $(NOT_SANITIZED)|TwoUsersAtOnce|MemoryLimits|InACrowd|LateList
UNDER_VALGRIND := HostStaysAsItWas|ConversationFails|ConversationBreaks|FailDelay|OwnChildren
UNDER_VALGRIND := $(UNDER_VALGRIND)|ForkAfterLogin
VALGRIND := valgrind -q --error-exitcode=9 --leak-check=full \
	--errors-for-leak-kinds=definite,indirect --child-silent-after-fork=yes \
	--log-file=$(B)/valgrind-%p.log
SANITIZE_LDFLAGS := $(filter-out -Wl$(,)-z$(,)defs,$(MODULE_LDFLAGS)) $(SANITIZE)
SANITIZE_ENV = ASAN_OPTIONS=detect_leaks=0:handle_segv=0
SANITIZE_ENV += LD_PRELOAD=$$(gcc -print-file-name=libasan.so):$$(gcc -print-file-name=libubsan.so)
sanitize: build need-test need-sanitize ## tests of the module's C with sanitizers and valgrind
	CGO_CFLAGS="-O1 -g -fno-omit-frame-pointer $(SANITIZE)" $(MODULE_BUILD) \
		-ldflags "-linkmode=external -extldflags '$(SANITIZE_LDFLAGS)'" \
		-o $(B)/sanitized/linked/pam_motp.so ./pam
	$(LATE) $(B)/sanitized/linked/pam_motp.so $(B)/sanitized/pam_motp.so
	MOTP_TEST_MODULE=$(B)/sanitized/pam_motp.so $(GO) test -count=1 -parallel=1 \
		-timeout 20m -skip '$(NOT_SANITIZED)' -exec "env $(SANITIZE_ENV)" ./test/module
	$(GO) test -count=1 ./test/fuzz
	rm -f $(B)/valgrind-*.log
	MOTP_TEST_HOST_UNDER="$(VALGRIND)" $(GO) test -count=1 -timeout 20m \
		-run '$(UNDER_VALGRIND)' ./test/module || { cat $(B)/valgrind-*.log; exit 1; }

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
lint: need-build need-lint ## gofmt, go vet, staticcheck, test/house, and the C with every warning
	@out=$$(gofmt -l $$(git ls-files '*.go')); \
	[ -z "$$out" ] || { echo "gofmt would change: $$out"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run ./test/house
	@for f in $(C_SOURCES); do echo "cc -fanalyzer $$f"; \
	gcc $(C_WARNINGS) -O2 -fanalyzer -c $$f -o /dev/null || exit 1; done
	@for f in $(C_SOURCES); do echo "clang --analyze $$f"; \
	clang --analyze -Xclang -analyzer-werror --analyzer-output text $$f || exit 1; done
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem $(C_SOURCES)

NATIVE = $(shell dpkg --print-architecture)
ARCHITECTURES ?= amd64 arm64
GCC_amd64 := gcc-x86-64-linux-gnu
GCC_arm64 := gcc-aarch64-linux-gnu
.PHONY: packages release distros version selinux
packages: need-packages ## deb and rpm for amd64 and arm64, in build/packages
	packaging/packages $(B)/packages $(ARCHITECTURES)

release: need-packages ## packages of a clean tree, built twice, and SHA256SUMS; in build/release
	packaging/release $(B)/release $(ARCHITECTURES)

# The whole policy of Debian takes a minute to install and to build; "make test" compiles the module
# against a part of it.
selinux: need-selinux ## motpd's SELinux module in Debian's policy: who may do what; as root
	test/selinux/run

DISTROS ?= bookworm trixie sid
distros: need-distros packages ## tests and packages in a minimal root of each Debian, as root
	test/distros/package $(B)/packages $(DISTROS)
	test/distros/run $(DISTROS)

version: ## the version of this tree
	@echo "$(VERSION)"

clean: ## removes build/
	rm -rf "$(B)"

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

# need-X installs the Debian packages that X takes where they are missing, as root; else it names
# them.
.PHONY: need-build need-test need-demo need-prove need-bench need-lint need-fuzz
.PHONY: need-sanitize need-go need-distros need-packages need-selinux
need-build: PACKAGES = $(BUILD_PACKAGES)
need-test: PACKAGES = $(TEST_PACKAGES)
need-demo: PACKAGES = $(DEMO_PACKAGES)
need-prove: PACKAGES = $(PROVE_PACKAGES)
need-bench: PACKAGES = $(shell sed 's/\#.*//' test/bench/packages)
need-lint: PACKAGES = $(LINT_PACKAGES)
need-fuzz: PACKAGES = $(FUZZ_PACKAGES)
need-sanitize: PACKAGES = $(SANITIZE_PACKAGES)
need-packages: PACKAGES = $(BUILD_PACKAGES) binutils git gzip mmdebstrap \
	$(foreach a,$(filter-out $(NATIVE),$(ARCHITECTURES)),$(GCC_$a))
need-build need-test need-demo need-prove need-bench need-lint need-fuzz: need-go
	@packaging/need $(PACKAGES)
need-sanitize need-packages: need-go
	@packaging/need $(PACKAGES)
need-distros: PACKAGES = mmdebstrap git qemu-user lintian
need-selinux: PACKAGES = $(shell sed 's/\#.*//' test/selinux/packages)
need-distros need-selinux:
	@packaging/need $(PACKAGES)
need-go:
	@packaging/go-fits $(GO)
