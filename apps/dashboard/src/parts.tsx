/** What pages are made of: times, numbers, states, empty places, and the question before something is done. */
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';

/** `1500` → `1.5 s` */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return ms < 172_800_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}

export const count = (value: number | null): string => (value === null ? '–' : value.toLocaleString('en'));

let second = Date.now();
/** One clock for the page: it moves once a second. */
const clock = (listener: () => void): (() => void) => {
  const timer = setInterval(() => { second = Date.now(); listener(); }, 1_000);
  return () => clearInterval(timer);
};

/** How long ago; the moment itself on hover. */
export function Ago({ at }: { readonly at: number | null }) {
  const now = useSyncExternalStore(clock, () => second);
  if (at === null) return <>–</>;
  return <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>{duration(Math.max(0, now - at))}</time>;
}

const MARKS: Readonly<Record<string, string>> = {
  enabled: '●', paused: '‖', draining: '▽', queued: '○', running: '◐', completed: '●', failed: '✕', cancelled: '⊘', expired: '⊗',
};

/** A word with a shape: never colour alone. */
export const State = ({ of }: { readonly of: string }) => <span className={`state ${of}`}><span aria-hidden="true">{MARKS[of] ?? '·'}</span> {of}</span>;

export const Problem = ({ error }: { readonly error: Error | null }) => (error ? <p role="alert" className="problem">{error.message}</p> : null);

export const Empty = ({ children }: { readonly children: ReactNode }) => <p className="empty">{children}</p>;

export interface Question {
  readonly title: string;
  /** What it will touch. */
  readonly children: ReactNode;
  readonly does: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asked before anything that cannot be taken back. Escape says no. */
export function Ask({ title, children, does, onYes, onNo }: Question) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  return (
    <dialog ref={dialog} onClose={onNo} aria-labelledby="question">
      <h2 id="question">{title}</h2>
      {children}
      <p className="actions">
        <button type="button" onClick={onNo}>Do nothing</button>
        <button type="button" className="danger" onClick={onYes}>{does}</button>
      </p>
    </dialog>
  );
}
