/** Where one is: the path and query of the address bar, so that every view can be shared. */
import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

const BASE = '/dashboard';
const listeners = new Set<() => void>();
const tell = (): void => { for (const listener of listeners) listener(); };
window.addEventListener('popstate', tell);

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export interface Place {
  /** Below the dashboard: `/jobs/job_01…`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const url = new URL(address, window.location.origin);
  return { path: url.pathname.slice(BASE.length).replace(/\/$/, '') || '/', query: url.searchParams };
}

export function go(to: string, { replace = false } = {}): void {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', BASE + to);
  tell();
}

/** Keeps what the address says of the environment. */
export function hrefTo(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const environment = new URLSearchParams(window.location.search).get('environment') ?? undefined;
  const all = Object.entries({ environment, ...query }).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
  return path + (all.length > 0 ? `?${new URLSearchParams(all)}` : '');
}

export function Link({ to, children, current }: { readonly to: string; readonly children: ReactNode; readonly current?: boolean }) {
  const follow = (event: MouseEvent): void => {
    // A new tab is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return <a href={BASE + to} onClick={follow} aria-current={current ? 'page' : undefined}>{children}</a>;
}
