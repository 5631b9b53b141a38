/** The dashboard: mounted once, with one store of answers for all its pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refused } from './api.tsx';
import { App } from './app.tsx';
import './style.css';

const FRESH_MS = 1_000;
const TRIES = 2;

const client = new QueryClient({ defaultOptions: { queries: {
  staleTime: FRESH_MS,
  // What was refused is refused again; what did not answer may answer.
  retry: (failures, error) => !(error instanceof Refused) && failures < TRIES,
} } });

const root = document.getElementById('root');
if (!root) throw new Error('the page has no place for the dashboard');
createRoot(root).render(<StrictMode><QueryClientProvider client={client}><App /></QueryClientProvider></StrictMode>);
