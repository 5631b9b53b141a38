/**
 * Loaded into a process before its own code: those who give tokens have fixed addresses, and here they all live at TOKEN_SERVER.
 * AWS' service has a variable of its own for that.
 */
const HOSTS = new Set(['login.microsoftonline.com', 'oauth2.googleapis.com']);
const { fetch: outside, Request, URL } = globalThis;

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return HOSTS.has(url.hostname) ? outside(new URL(url.pathname, process.env.TOKEN_SERVER), init) : outside(input, init);
};
