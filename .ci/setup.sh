# shellcheck shell=bash
# Finds a JDK and the tools that Nameplate needs. Sourced by ./build and ./quickstart; runs nothing
# by itself. A JDK and Maven are looked for, never installed; the other tools are installed when we
# are root, and otherwise named together with the line that installs them.

# The oldest Java that runs Nameplate.
readonly JAVA_NEEDED=25

# Each argument on a line of its own.
say() { printf '%s\n' "$@"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

# Why the folder $1 cannot be our JDK, on stdout; silent and true when it can.
# Both programs are really run: a leftover folder or a JRE is not a JDK.
unusable_jdk() {
  local java javac major
  [[ -d $1 ]] || { say 'no such folder'; return 1; }
  [[ -x $1/bin/javac ]] || { say 'has no bin/javac: not a JDK'; return 1; }
  javac=$("$1/bin/javac" -version 2>&1) || { say 'bin/javac does not run'; return 1; }
  java=$("$1/bin/java" -version 2>&1) || { say 'bin/java does not run'; return 1; }
  [[ $javac =~ javac\ ([0-9]+) ]] || { say "bin/javac does not say its version: ${javac%%$'\n'*}"; return 1; }
  major=${BASH_REMATCH[1]}
  ((major >= JAVA_NEEDED)) || { say "is Java $major"; return 1; }
  [[ $java =~ version\ \"$major ]] || { say "bin/java is not Java $major"; return 1; }
}

# Sets and exports JAVA_HOME to a JDK that is new enough. NAMEPLATE_JAVA_HOME is an order: when it
# is set and does not work, nothing else is tried.
find_jdk() {
  local candidate why
  local -a looked=()

  if [[ -n ${NAMEPLATE_JAVA_HOME:-} ]]; then
    why=$(unusable_jdk "$NAMEPLATE_JAVA_HOME") \
      || fail "NAMEPLATE_JAVA_HOME=$NAMEPLATE_JAVA_HOME $why" \
        "It must be a JDK $JAVA_NEEDED or newer; unset it to let this script look for one."
    export JAVA_HOME=$NAMEPLATE_JAVA_HOME
    return
  fi

  looked+=('NAMEPLATE_JAVA_HOME is not set')
  [[ -n ${JAVA_HOME:-} ]] || looked+=('JAVA_HOME is not set')
  for candidate in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*/; do
    candidate=${candidate%/}
    [[ -L $candidate && $candidate == /usr/lib/jvm/* ]] && continue # its target is in the list too
    if why=$(unusable_jdk "$candidate"); then
      export JAVA_HOME=$candidate
      return
    fi
    looked+=("$candidate $why")
  done
  fail "no JDK $JAVA_NEEDED or newer found" "${looked[@]}" \
    "Install one (for example Temurin, https://adoptium.net) and, if it is not under /usr/lib/jvm," \
    "name it: NAMEPLATE_JAVA_HOME=/path/to/jdk $0"
}

need_maven() {
  command -v mvn >/dev/null || fail 'Maven (mvn) is not installed' "$(apt_line maven)"
}

apt_line() {
  local sudo=''
  ((EUID == 0)) || sudo='sudo '
  say "${sudo}apt-get install -y --no-install-recommends $*"
}

have_tool() {
  case $1 in
    # The one place where Nameplate looks for the library, unless nameplate.yaml names another.
    softhsm2-util) command -v softhsm2-util >/dev/null && [[ -r /usr/lib/softhsm/libsofthsm2.so ]] ;;
    # Without its OpenSSL plugin, pki is there but knows no elliptic curves.
    pki) command -v pki >/dev/null && [[ -e $(strongswan_plugin openssl) ]] ;;
    # Debian keeps it where only root looks for programs.
    nginx) command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] ;;
    mosquitto) command -v mosquitto >/dev/null || [[ -x /usr/sbin/mosquitto ]] ;;
    # What a plugin of it is compiled with, ours being the recipe in docs.
    mosquitto_plugin.h) [[ -e /usr/include/mosquitto_plugin.h && -e /usr/include/mosquitto.h ]] ;;
    curl.h) [[ -e /usr/include/curl/curl.h ]] || compgen -G '/usr/include/*/curl/curl.h' >/dev/null ;;
    x509.h) [[ -e /usr/include/openssl/x509.h ]] ;;
    # With the library that reaches a module in another process.
    p11-kit) command -v p11-kit >/dev/null && compgen -G '/usr/lib/*/pkcs11/p11-kit-client.so' >/dev/null ;;
    gcc) command -v gcc >/dev/null && [[ -e /usr/include/stdio.h ]] ;;
    # What the layouts of the PKCS#11 binding are compared with.
    pkcs11.h) [[ -e /usr/include/p11-kit-1/p11-kit/pkcs11.h ]] ;;
    # Only root can start it, so nobody else needs it.
    pkcsslotd) ((EUID != 0)) || [[ -x /usr/sbin/pkcsslotd ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

strongswan_plugin() {
  local plugin
  for plugin in /usr/lib/ipsec /usr/lib/*/ipsec /usr/lib64/strongswan /usr/libexec/ipsec; do
    plugin+=/plugins/libstrongswan-$1.so
    [[ -e $plugin ]] && break
  done
  say "$plugin"
}

# The Debian packages that bring a tool.
packages_of() {
  case $1 in
    softhsm2-util) say softhsm2 ;;
    pkcs11-tool) say opensc ;;
    p11-kit) say 'p11-kit p11-kit-modules' ;;
    gcc) say 'gcc libc6-dev' ;;
    pkcs11.h) say libp11-kit-dev ;;
    ssss-split) say ssss ;;
    mosquitto_pub | mosquitto_sub) say mosquitto-clients ;;
    mosquitto_plugin.h) say 'mosquitto-dev libmosquitto-dev' ;;
    curl.h) say libcurl4-openssl-dev ;;
    x509.h) say libssl-dev ;;
    pkcsslotd) say opencryptoki ;;
    pki) say 'strongswan-pki libstrongswan-standard-plugins' ;;
    flock) say util-linux ;;
    coap-client-*) say libcoap3-bin ;;
    ocsptool | certtool) say gnutls-bin ;;
    cfssl) say golang-cfssl ;;
    certutil | crlutil | vfychain) say libnss3-tools ;;
    *) say "$1" ;;
  esac
}

# Makes sure that each named tool is there. Asks nothing of the network when all of them are.
need_tools() {
  local tool
  local -a missing=() packages=()
  for tool in "$@"; do
    have_tool "$tool" && continue
    missing+=("$tool")
    # shellcheck disable=SC2207 # package names have no spaces
    packages+=($(packages_of "$tool"))
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    fail "missing: ${missing[*]}" "$(apt_line "${packages[@]}")"
  fi

  say "Installing ${packages[*]} (for ${missing[*]})"
  install_packages "${packages[@]}" || fail "could not install ${packages[*]}" \
    "Try by hand: apt-get update && $(apt_line "${packages[@]}")"
  for tool in "${missing[@]}"; do
    have_tool "$tool" || fail "$tool is still missing after installing $(packages_of "$tool")"
  done
}

# Package lists are fetched only if the ones at hand do not do.
install_packages() {
  # tests start what they need; no package shall start a service (nginx would take port 80)
  local -x RUNLEVEL=1
  local -a install=(apt-get install -y -q --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  if apt-cache show "$@" >/dev/null 2>&1 && "${install[@]}" </dev/null; then
    return
  fi
  apt-get update -q </dev/null && "${install[@]}" </dev/null
}

# One build at a time in one checkout: two would write the same target folders. The lock is on the
# folder itself, so that no file can be left behind.
lock() {
  exec 9<.
  flock --nonblock 9 && return
  say 'Another build is running in this checkout; waiting for it to end.'
  flock 9
}

# Maven on the JDK that was found. The options are for Maven 3.8's own libraries, which JDK 25 would
# otherwise warn about. Nothing that a test leaves running may keep the lock.
maven() {
  MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}" \
    mvn --batch-mode --no-transfer-progress "$@" 9<&-
}
