/**
 * Makes children end with their parent, even when the parent is killed without a word.
 *
 * A small shell process holds the reading end of a pipe and a list of process ids. The parent alone holds the writing
 * end, so whatever way the parent dies, the pipe closes; the sentinel then asks everything on its list to stop, apps before
 * stores, and kills what is left after a grace. An orderly parent empties the list first and dismisses it.
 */
import { spawn } from 'node:child_process';

/** Apps stop before the stores they write to. */
export type StopOrder = 'app' | 'store';

export interface Sentinel {
  /** `signal` is what asks this process to stop. */
  watch(pid: number, order: StopOrder, signal: NodeJS.Signals): void;
  forget(pid: number): void;
  /** Ends the sentinel without touching what it watches. */
  dismiss(): Promise<void>;
}

/** How long the sentinel waits for those it asked to stop. Seconds. */
const GRACE_S = 10;

const SCRIPT = `
trap '' INT TERM HUP
watched=
lives() { case $(ps -o stat= -p "$1" 2>/dev/null) in ''|Z*) return 1 ;; esac; }
living() { for one in $watched; do case $one in $1:*) lives "\${one##*:}" && return 0 ;; esac; done; return 1; }
ask() {
  for one in $watched; do case $one in $1:*) rest=\${one#*:}; kill -"\${2:-\${rest%%:*}}" "\${one##*:}" 2>/dev/null ;; esac; done
}
while read -r word pid order signal; do
  case $word in
    watch) watched="$watched $order:$signal:$pid" ;;
    forget) kept=; for one in $watched; do [ "\${one##*:}" = "$pid" ] || kept="$kept $one"; done; watched=$kept ;;
    dismiss) exit 0 ;;
  esac
done
for order in app store; do
  ask $order
  tries=0
  while living $order && [ $tries -lt ${GRACE_S * 10} ]; do tries=$((tries + 1)); sleep 0.1; done
  living $order && ask $order KILL
done
`;

export function startSentinel(): Sentinel {
  // A session of its own: a Ctrl-C meant for the parent must not reach it.
  const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  // A sentinel that somebody killed is no reason to fall: stopping in order works without it.
  child.stdin.on('error', () => undefined);
  const tell = (line: string) => void child.stdin.write(`${line}\n`);
  return {
    watch: (pid, order, signal) => tell(`watch ${pid} ${order} ${signal.replace(/^SIG/, '')}`),
    forget: (pid) => tell(`forget ${pid}`),
    dismiss: async () => {
      child.ref();
      child.stdin.end('dismiss\n');
      await gone;
    },
  };
}
