/** Server-sent events, as text. */
export const named = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;
export const unnamed = (data: string): string => `data: ${data}\n\n`;
export const SSE_TYPE = 'text/event-stream; charset=utf-8';
