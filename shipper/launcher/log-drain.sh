#!/bin/sh
# Starts log-drain.mjs, and hands over what Node would change or forget before its first line: docs/run.md.

program=$0
if [ -h "$program" ]; then program=$(readlink -f -- "$program"); fi
program=${program%/*}/log-drain.mjs
node=${LOG_DRAIN_NODE:-node}

# Replaces this shell by what stands behind --; comes back if nothing does.
run_command_alone() {
	while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
	if [ $# -gt 1 ]; then
		shift
		exec "$@"
	fi
}

# Shells but bash drop variables whose names it could not write, such as a.b, so all of them go another way then.
odd_name='^[^=]*[^A-Za-z0-9_=][^=]*='
if [ -z "${BASH_VERSION-}" ] && grep -qzE "$odd_name" "/proc/$$/environ" 2>/dev/null; then
	LOG_DRAIN_START_ENVIRON=$(base64 -w 0 "/proc/$$/environ")
	# No variable may be longer than 128 KiB.
	if [ ${#LOG_DRAIN_START_ENVIRON} -lt 120000 ]; then export LOG_DRAIN_START_ENVIRON; fi
elif [ "$1" = run ]; then
	case ${LOG_DRAIN_OFF-} in
	1 | true | yes | on) run_command_alone "$@" ;;
	esac
fi

if ! command -v "$node" >/dev/null 2>&1; then
	if [ "$1" = run ]; then
		echo "log-drain: $node is not in PATH, so the command runs alone and nothing is sent: install Node, or set LOG_DRAIN_NODE to its path" >&2
		run_command_alone "$@"
	fi
	echo "log-drain: $node is not in PATH: install Node, or set LOG_DRAIN_NODE to its path" >&2
	exit 127
fi

# Node gives all signals their usual effect again, whoever had them ignored.
while read -r name value; do
	if [ "$name" = SigIgn: ]; then
		export LOG_DRAIN_START_SIGIGN="$value"
		break
	fi
done 2>/dev/null </proc/self/status

# Node raises the soft limit.
while read -r first second third soft rest; do
	if [ "$first $second $third" = 'Max open files' ]; then
		export LOG_DRAIN_START_NOFILE="$soft"
		break
	fi
done 2>/dev/null </proc/self/limits

# Node closes these for its children.
fds=
for fd in 3 4 5 6 7 8 9; do
	if [ -e "/proc/self/fd/$fd" ]; then fds="$fds $fd"; fi
done
export LOG_DRAIN_START_FDS="$fds"

# These are meant for the agent, and would change our own processes.
for name in NODE_OPTIONS NODE_PATH NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE NODE_COMPILE_CACHE \
	NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN \
	NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_ICU_DATA NODE_CHANNEL_FD \
	NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID OPENSSL_CONF UV_THREADPOOL_SIZE UV_USE_IO_URING \
	LD_PRELOAD LD_AUDIT GLIBC_TUNABLES MALLOC_ARENA_MAX; do
	eval "is_set=\${$name+yes}"
	if [ "$is_set" = yes ]; then
		eval "export LOG_DRAIN_START_ENV_$name=\"\$$name\""
		unset "$name"
	fi
done

exec "$node" "$program" "$@"
