/** The conversions of embeddings under test, and which of them a recorded wire is for. */
import { conversionBetween, type Conversion } from '@sluice/wire';
import type { EmbeddingFormat } from '../facts/embeddings.ts';
import type { Exchange } from '../recordings/exchange.ts';

export interface Embedder {
  readonly to: Exclude<EmbeddingFormat, 'embeddings'>;
  readonly conversion: Pick<Conversion, 'request' | 'response'>;
}

const embedder = (to: Embedder['to']): Embedder => {
  const conversion = conversionBetween('embeddings', `${to}-embeddings`);
  if (!conversion) throw new Error(`there is no conversion of embeddings to ${to}`);
  return { to, conversion };
};

export const EMBEDDERS: readonly Embedder[] = (['gemini', 'vertex', 'titan', 'cohere', 'nova'] as const).map(embedder);

/** The format of a recorded exchange, told from its wire and, inside InvokeModel, from its body; undefined: no target. */
export function embeddingFormatOf({ wire, request: { bodyText } }: Exchange): EmbeddingFormat | undefined {
  switch (wire) {
    case 'embeddings': return 'embeddings';
    case 'embed_content': return 'gemini';
    case 'embeddings_predict': return 'vertex';
    case 'invoke_embeddings': return bodyText?.includes('"inputText"') ? 'titan' : bodyText?.includes('"texts"') ? 'cohere' : 'nova';
    default: return undefined;
  }
}
