/** Facts as the request of any client. */
import type { Fact } from '../facts/fact.ts';
import type { Endpoint } from '../judges/judges.ts';
import { sayChat } from './chat.ts';
import { sayMessages } from './messages.ts';
import { sayResponses } from './responses.ts';

export const say: Readonly<Record<Endpoint, (facts: readonly Fact[], model: string) => string>> =
  { chat: sayChat, messages: sayMessages, responses: sayResponses };
