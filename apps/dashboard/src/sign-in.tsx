/** The door. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { ask, type Session } from './api.tsx';
import { Problem } from './parts.tsx';

export function SignIn() {
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: (credentials: object) => ask<Session>('/session', { method: 'POST', body: credentials }),
    onSuccess: (session) => client.setQueryData(['session'], session),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ name: form.get('name'), password: form.get('password') });
  };
  return (
    <main className="door">
      <h1>Sluice</h1>
      <form onSubmit={submit}>
        <label>Name <input name="name" autoComplete="username" required autoFocus defaultValue="admin" /></label>
        <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
        <Problem error={signIn.error} />
        <button type="submit" disabled={signIn.isPending}>Sign in</button>
      </form>
      <p className="quiet">The first operator is <code>admin</code>; its password was told when Sluice was first started.</p>
    </main>
  );
}
