import { splitEventStream } from '../aws/event-stream.ts';
import { AWS_ROWS, unfold } from '../aws/outcome.ts';
import { ANTHROPIC_ROWS } from '../anthropic/outcome.ts';
import { defineProvider } from '../define.ts';
import { FAMILY_STATUSES } from '../openai-family/outcome.ts';
import { addressOf } from './client.ts';
import { profile } from './profile.ts';

/** In a stream the model's own errors come as its own events. */
export const provider = defineProvider({
  profile, addressOf, unfold, limits: [], rows: [...AWS_ROWS, ...ANTHROPIC_ROWS, ...FAMILY_STATUSES], splitEvents: () => splitEventStream(true),
});
