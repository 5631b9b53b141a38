import { splitEventStream } from '../aws/event-stream.ts';
import { AWS_ROWS, unfold } from '../aws/outcome.ts';
import { defineProvider } from '../define.ts';
import { FAMILY_STATUSES } from '../openai-family/outcome.ts';
import { addressOf } from './client.ts';
import { profile } from './profile.ts';

export const provider = defineProvider({
  profile, addressOf, unfold, limits: [], rows: [...AWS_ROWS, ...FAMILY_STATUSES], splitEvents: () => splitEventStream(false),
});
