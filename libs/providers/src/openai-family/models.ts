/** The models that a server lists at `/models`, as OpenAI does. */
import { objectOf } from '@sluice/wire';
import { asked } from '../address.ts';
import type { ModelList } from '../provider.ts';

export const openaiModels: ModelList = {
  addressOf: ({ baseUrl }) => asked(baseUrl, '/models'),
  namesIn(body) {
    const data = objectOf(body)?.['data'];
    return (Array.isArray(data) ? data : []).flatMap((model) => {
      const id = objectOf(model)?.['id'];
      return typeof id === 'string' ? [id] : [];
    });
  },
};
