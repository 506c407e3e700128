/**
 * The variables of Node's own. Set in a server's environment for another program, they would make a
 * plugin print tokens (`NODE_DEBUG`), load code (`NODE_OPTIONS`, `NODE_PATH`), open a debugger, or
 * turn checks off (`NODE_TLS_REJECT_UNAUTHORIZED`).
 */
export const RUNTIME_VARIABLES = [
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_COMPILE_CACHE",
  "NODE_COMPILE_CACHE_PORTABLE",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_DISABLE_COLORS",
  "NODE_DISABLE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_INSPECT_RESUME_ON_START",
  "NODE_NO_WARNINGS",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_PENDING_DEPRECATION",
  "NODE_PENDING_PIPE_INSTANCES",
  "NODE_PRESERVE_SYMLINKS",
  "NODE_PRESERVE_SYMLINKS_MAIN",
  "NODE_REDIRECT_WARNINGS",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_REPL_HISTORY",
  "NODE_SKIP_PLATFORM_CHECK",
  "NODE_TEST_CONTEXT",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_UNIQUE_ID",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "SSLKEYLOGFILE",
  "UV_THREADPOOL_SIZE",
  "UV_USE_IO_URING",
];

/**
 * Begins what each failure says, twice. On standard error it is one line at ERROR, since hosts show
 * no other text at their usual level. On standard output a host looks for the handshake, and shows
 * its client what it finds instead. That comes last: a host kills the process then.
 */
const FAILED = "starting the plugin failed:";

const INSTALL = "install Node.js 20.18 or newer, or register the plugin with -env=PLUGIN_NODE=PATH";
const GIVE_MEMORY =
  "if the service sets MemoryDenyWriteExecute, register the plugin with -env=PLUGIN_NODE_OPTIONS=--jitless, otherwise raise the service's memory limit";

/** Messages of the shell. */
const NO_NODE = `the PATH of the server has no program $quoted ($PATH); ${INSTALL}`;
const NODE_FAILS = "$quoted failed with the exit status $status: $*";
const CRASHED = `Node.js exited before the plugin had started; the log has its output at level debug; ${GIVE_MEMORY}`;

/**
 * What Node runs before the plugin's file, in the syntax of Node's oldest versions, which can't
 * parse the file itself. Whatever package.json lies above it, a file that is required is CommonJS
 * if its name has no ending. The shell has single quotes around it.
 */
const BOOT = `
var p = process, v = p.version.slice(1).split(".");
function fail(why) {
  var line = "${FAILED} " + why.replace(/\\s+/g, " ") + "\\n";
  var parts = [[2, "[ERROR] " + line], [+p.env.PLUGIN_LAUNCHER_FD, "\\n"], [1, line]];
  for (var i = 0; i < 3; i++) try { require("fs").writeSync(parts[i][0], parts[i][1]); } catch (_) {}
  p.exit(1);
}
if (+v[0] < 20 || (+v[0] === 20 && +v[1] < 18))
  fail("it needs Node.js 20.18 or newer, found " + p.version + " at " + p.execPath + "; ${INSTALL}");
try { require(require("path").resolve(p.argv[1])); }
catch (e) { fail("its file cannot be loaded: " + (e && e.stack || e) + "; copy it to the plugin directory again and register its SHA-256, or report this line"); }`;

/**
 * What a shell reads of the plugin's file, and JavaScript takes for a text and a comment: it must
 * not have a star before a slash in it.
 *
 * The shell becomes Node, whose process is the host's child as it would be without. What Node can't
 * say itself, since it crashes or never runs, another shell says. It waits at a pipe for a line,
 * which comes when the plugin is up or has said itself why it isn't. If the pipe ends without one,
 * it asks a second Node for the cause. In either case it is gone then.
 *
 * The pipe is a here-document, opened again for writing. Where a system has no such thing, as
 * macOS, nobody waits. `command` keeps a shell alive that would need a temporary file for it.
 *
 * A host sets `PLUGIN_PROTOCOL_VERSIONS`. Where a person runs the file, its end is no failed start.
 */
export const LAUNCHER = `#!/bin/sh
':' //; set -f
':' /*
unset ${RUNTIME_VARIABLES.filter((name) => name !== "NODE_EXTRA_CA_CERTS").join(" ")}
export PLUGIN_EXTRA_CA_CERTS="\${PLUGIN_EXTRA_CA_CERTS:-$NODE_EXTRA_CA_CERTS}"
unset NODE_EXTRA_CA_CERTS PLUGIN_LAUNCHER_FD
node="\${PLUGIN_NODE:-node}"
quoted="\\"$node\\""
failed() {
  printf '[ERROR] ${FAILED} %s\\n' "$1" >&2
  printf '${FAILED} %s\\n' "$1"
}
command -v "$node" >/dev/null || {
  failed "${NO_NODE}"
  exit 127
}
explain() {
  words=$("$node" $PLUGIN_NODE_OPTIONS -e 0 2>&1)
  status=$?
  set -- \${words%%-----*}
  why="${NODE_FAILS}"
  if [ $status -eq 0 ]; then
    failed "${CRASHED}"
  elif [ $status -gt 127 ]; then
    failed "$why; ${GIVE_MEMORY}"
  elif [ "$PLUGIN_NODE_OPTIONS" ]; then
    failed "$why; correct PLUGIN_NODE_OPTIONS"
  else
    failed "$why; ${INSTALL}"
  fi
}
{ command exec 3<<END
up to here
END
} 2>/dev/null
if [ "$PLUGIN_PROTOCOL_VERSIONS" ] && [ -p /proc/self/fd/3 ] &&
  true 2>/dev/null >/proc/self/fd/3; then
  exec 4>/proc/self/fd/3
  export PLUGIN_LAUNCHER_FD=4
  ( ( exec 4>&-; read -r line <&3; read -r line <&3 || explain ) & )
fi
exec 3<&-
exec "$node" $PLUGIN_NODE_OPTIONS -e '${BOOT}' -- "$0" "$@"
*/;`;
