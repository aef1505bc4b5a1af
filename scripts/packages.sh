# shellcheck shell=bash
# Installs what a script needs, without questions. Sourced by the other scripts, from the root of the repository:
#
#   need_packages PACKAGE...                      missing Debian or Ubuntu packages, with apt-get (and sudo where not root)
#   need_rust                                     cargo, at least as new as Cargo.toml asks for, in PATH
#   debian_index FOLDER SUITE ARCHITECTURE        Debian's package lists for any architecture, in a folder of their own
#   debian_unpack FOLDER TREE PACKAGE...          packages from such lists, and all that they depend on, unpacked into TREE
#   debian_unpack --alone FOLDER TREE PACKAGE...  the same, without what they depend on
#   find_mirrors                                  mirror and security_mirror: where such lists and packages come from
#
# debian_index and debian_unpack leave the system's own apt alone: no foreign architecture, no sources, no root.
#
# $DEBIAN_MIRROR: where Debian's packages come from (default: this machine's own apt sources); $DEBIAN_SECURITY_MIRROR: its
# security updates.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die MESSAGE [HINT]
die() {
	say "$1"
	if [ $# -gt 1 ]; then printf 'hint: %s\n' "$2" >&2; fi
	exit "${DIE_STATUS:-1}"
}

# quietly COMMAND...: shows what it said only if it fails.
quietly() {
	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ "$status" != 0 ]; then tail -n 20 "$log" >&2; fi
	rm -f "$log"
	return "$status"
}

apt_as_root() {
	local sudo=()
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die 'sudo is missing' "as root: apt-get $*"
		sudo=(sudo)
	fi
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -o DPkg::Lock::Timeout=300 "$@"
}

# A machine that has just started may be busy with its own updates; the lock of the lists has no time-out of its own.
# If a source does not answer, the packages may still come from another one.
apt_update() {
	local try said=
	for try in {1..30}; do
		if said=$(apt_as_root update 2>&1 </dev/null); then return; fi
		grep -q 'Could not get lock' <<<"$said" || break
		sleep 10
	done
	say "apt-get update had errors (try $try)"
	tail -n 5 <<<"$said" >&2
}

need_packages() {
	local package missing=()
	for package; do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then missing+=("$package"); fi
	done
	if [ ${#missing[@]} = 0 ]; then return; fi
	command -v apt-get >/dev/null || die "missing: ${missing[*]}" 'this machine is neither Debian nor Ubuntu: install what corresponds to these packages'
	say "installing ${missing[*]}"
	# The first attempt fails where the lists are missing or old.
	quietly apt_as_root install --no-install-recommends "${missing[@]}" 2>/dev/null && return
	apt_update
	quietly apt_as_root install --no-install-recommends "${missing[@]}" || die "cannot install ${missing[*]}"
}

# rust_is_new VERSION: are the cargo and rustc in PATH usable, and at least that new?
rust_is_new() {
	local tool version
	for tool in cargo rustc; do
		version=$("$tool" --version 2>/dev/null) || return 1
		version=${version#* }
		printf '%s\n' "$1" "${version%%[ -]*}" | sort -VC || return 1
	done
}

# Rust's own installer, from either of its addresses.
install_rustup() {
	local address
	need_packages ca-certificates curl
	for address in https://sh.rustup.rs https://static.rust-lang.org/rustup/rustup-init.sh; do
		if curl --proto '=https' --tlsv1.2 -fsS --connect-timeout 10 "$address" -o target/rustup-init.sh 2>/dev/null; then
			RUSTUP_INIT_SKIP_PATH_CHECK=yes quietly sh target/rustup-init.sh -y --profile minimal --no-modify-path && return
		fi
	done
	return 1
}

need_rust() {
	local wanted
	wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
	command -v cc >/dev/null || need_packages gcc libc6-dev
	export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
	if rust_is_new "$wanted"; then return; fi
	mkdir -p target
	export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
	if rust_is_new "$wanted"; then return; fi
	if command -v rustup >/dev/null; then
		say "adding Rust's stable toolchain"
		quietly rustup toolchain install stable --profile minimal --no-self-update || true
		export RUSTUP_TOOLCHAIN=stable
	else
		say "installing Rust (into ${CARGO_HOME:-$HOME/.cargo}; your shell's start-up files are left alone)"
		install_rustup || say "rustup's installer is not available; trying the distribution's packages"
	fi
	hash -r
	if rust_is_new "$wanted"; then return; fi
	unset RUSTUP_TOOLCHAIN
	need_debian_rust
	rust_is_new "$wanted" || upgrade_debian_rust
	rust_is_new "$wanted" || die "Rust $wanted or newer is needed" 'https://rustup.rs'
}

# Debian's newest Rust, next to any other; without this, its cargo would take the first rustc in PATH.
need_debian_rust() {
	need_packages rustc-web cargo-web
	export PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc
	hash -r
}

# Package lists grow old, and an installed package with them.
upgrade_debian_rust() {
	say 'upgrading rustc-web and cargo-web'
	apt_update
	quietly apt_as_root install --no-install-recommends rustc-web cargo-web || die 'cannot upgrade rustc-web and cargo-web'
}

# apt_source LABEL: the address of this machine's own apt source with that label, if one of them is Debian's.
apt_source() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" 2>/dev/null | head -n 1
}

# find_mirrors: sets mirror and security_mirror: $DEBIAN_MIRROR and $DEBIAN_SECURITY_MIRROR, or this machine's apt sources.
# Without a source of security updates, security_mirror is empty.
find_mirrors() {
	command -v apt-get >/dev/null || die 'apt-get is missing' 'this script unpacks packages of Debian, and needs a Debian or Ubuntu for it'
	mirror=${DEBIAN_MIRROR:-$(apt_source Debian)}
	# The lists say whose a source is: a machine that was just made has none.
	if [ -z "$mirror" ]; then
		apt_update
		mirror=$(apt_source Debian)
	fi
	[ -n "$mirror" ] || die "no mirror of Debian is known: none of this machine's apt sources is Debian's" 'set DEBIAN_MIRROR=http://HOST/debian'
	security_mirror=${DEBIAN_SECURITY_MIRROR:-$(apt_source Debian-Security)}
}

debian_index() {
	local folder=$1 suite=$2 architecture=$3 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local options="[arch=$architecture signed-by=$keyring]" mirror security_mirror
	find_mirrors
	[ -e "$keyring" ] || need_packages debian-archive-keyring
	mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
	folder=$(cd "$folder" && pwd)
	: >"$folder/status"
	echo "deb $options $mirror $suite main" >"$folder/sources.list"
	[ -z "$security_mirror" ] || echo "deb $options $security_mirror $suite-security main" >>"$folder/sources.list"
	cat >"$folder/apt.conf" <<-END
		APT::Architecture "$architecture";
		APT::Architectures { "$architecture"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Dir::State "$folder";
		Dir::State::status "$folder/status";
		Dir::State::Lists "$folder/lists";
		Dir::Cache "$folder/cache";
		Dir::Etc::SourceList "$folder/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Debug::NoLocking "true";
	END
	APT_CONFIG=$folder/apt.conf quietly apt-get update ||
		die "cannot read Debian's package lists ($suite, $architecture) from $mirror" 'DEBIAN_MIRROR=http://HOST/debian names another mirror'
}

debian_unpack() {
	local alone=
	if [ "$1" = --alone ]; then alone=1; shift; fi
	local folder tree package
	folder=$(cd "$1" && pwd) tree=$2
	shift 2
	mkdir -p "$tree"
	rm -f "$folder"/cache/archives/*.deb
	# With an empty list of installed packages, "install" takes every dependency along.
	if [ -n "$alone" ]; then
		(cd "$folder/cache/archives" && APT_CONFIG=$folder/apt.conf quietly apt-get download "$@") || die "cannot download $*"
	else
		APT_CONFIG=$folder/apt.conf quietly apt-get install -y --download-only "$@" || die "cannot download $*"
	fi
	for package in "$folder"/cache/archives/*.deb; do dpkg-deb -x "$package" "$tree" || die "cannot unpack ${package##*/}"; done
	rm -f "$folder"/cache/archives/*.deb
}
