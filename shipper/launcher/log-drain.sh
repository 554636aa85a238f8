#!/bin/sh
# Starts log-drain.mjs, and hands over what Node would change or forget before its first line: docs/run.md.
# All variables here have names that no agent has, since a shell exports those that it was given.

# Replaces this shell by what stands behind --; comes back if nothing does.
run_command_alone() {
	while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
	if [ $# -gt 1 ]; then
		shift
		unset LOG_DRAIN_START_PROGRAM LOG_DRAIN_START_NODE LOG_DRAIN_START_ODD LOG_DRAIN_START_ENVIRON
		exec "$@"
	fi
}

is_program() {
	case $1 in
	*/*) [ -f "$1" ] && [ -x "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# Whether there are variables that this shell would drop or change for the agent.
has_odd_variables() {
	# Those that a shell could not write, such as a.b, and some that are the shell's own.
	LOG_DRAIN_START_ODD='^(([0-9]|[^=]*[^A-Za-z0-9_=])[^=]*|IFS|OPTIND|PPID)='
	grep -qzE "$LOG_DRAIN_START_ODD" "/proc/$$/environ" 2>/dev/null
	# BusyBox has no -z, which grep says by 2.
	case $? in
	0) return 0 ;;
	1) return 1 ;;
	esac
	tr '\0' '\n' 2>/dev/null <"/proc/$$/environ" | grep -qE "$LOG_DRAIN_START_ODD" 2>/dev/null
}

LOG_DRAIN_START_PROGRAM=$0
if [ -h "$0" ]; then LOG_DRAIN_START_PROGRAM=$(readlink -f -- "$0"); fi
case $LOG_DRAIN_START_PROGRAM in
*/*) LOG_DRAIN_START_PROGRAM=${LOG_DRAIN_START_PROGRAM%/*}/log-drain.mjs ;;
*) LOG_DRAIN_START_PROGRAM=./log-drain.mjs ;;
esac
LOG_DRAIN_START_NODE=${LOG_DRAIN_NODE:-node}

if ! is_program "$LOG_DRAIN_START_NODE"; then
	LOG_DRAIN_START_ODD="log-drain: $LOG_DRAIN_START_NODE is no program that can be started"
	if [ "$1" = run ]; then
		echo "$LOG_DRAIN_START_ODD, so the command runs alone and nothing is sent: install Node, or set LOG_DRAIN_NODE to its path" >&2
		run_command_alone "$@"
	fi
	echo "$LOG_DRAIN_START_ODD: install Node, or set LOG_DRAIN_NODE to its path" >&2
	exit 127
fi

if has_odd_variables; then
	LOG_DRAIN_START_ENVIRON=$(base64 -w 0 "/proc/$$/environ" 2>/dev/null)
	# No variable may be longer than 128 KiB.
	if [ -n "$LOG_DRAIN_START_ENVIRON" ] && [ ${#LOG_DRAIN_START_ENVIRON} -lt 120000 ]; then
		export LOG_DRAIN_START_ENVIRON
	fi
elif [ "$1" = run ]; then
	case ${LOG_DRAIN_OFF-} in
	1 | true | yes | on) run_command_alone "$@" ;;
	esac
fi

# Node gives all signals their usual effect again, whoever had them ignored.
while read -r LOG_DRAIN_START_1 LOG_DRAIN_START_2; do
	if [ "$LOG_DRAIN_START_1" = SigIgn: ]; then
		export LOG_DRAIN_START_SIGIGN="$LOG_DRAIN_START_2"
		break
	fi
done 2>/dev/null </proc/self/status

# Node raises the soft limit.
while read -r LOG_DRAIN_START_1 LOG_DRAIN_START_2 LOG_DRAIN_START_3 LOG_DRAIN_START_4 LOG_DRAIN_START_5; do
	if [ "$LOG_DRAIN_START_1 $LOG_DRAIN_START_2 $LOG_DRAIN_START_3" = 'Max open files' ]; then
		export LOG_DRAIN_START_NOFILE="$LOG_DRAIN_START_4"
		break
	fi
done 2>/dev/null </proc/self/limits

# Node closes these for its children.
LOG_DRAIN_START_FDS=
for LOG_DRAIN_START_1 in 3 4 5 6 7 8 9; do
	if [ -e "/proc/self/fd/$LOG_DRAIN_START_1" ]; then LOG_DRAIN_START_FDS="$LOG_DRAIN_START_FDS $LOG_DRAIN_START_1"; fi
done
export LOG_DRAIN_START_FDS

# These are meant for the agent, and would change our own processes.
for LOG_DRAIN_START_1 in NODE_OPTIONS NODE_PATH NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE NODE_COMPILE_CACHE \
	NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN \
	NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_ICU_DATA NODE_CHANNEL_FD \
	NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID OPENSSL_CONF UV_THREADPOOL_SIZE UV_USE_IO_URING \
	LD_PRELOAD LD_AUDIT GLIBC_TUNABLES MALLOC_ARENA_MAX; do
	eval "LOG_DRAIN_START_2=\${$LOG_DRAIN_START_1+yes}"
	if [ "$LOG_DRAIN_START_2" = yes ]; then
		eval "export LOG_DRAIN_START_ENV_$LOG_DRAIN_START_1=\"\$$LOG_DRAIN_START_1\""
		unset "$LOG_DRAIN_START_1"
	fi
done

exec "$LOG_DRAIN_START_NODE" "$LOG_DRAIN_START_PROGRAM" "$@"
