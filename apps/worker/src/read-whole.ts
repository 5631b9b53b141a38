/** An answer in one piece: nothing is passed on before it is known to be whole, and then with the end of the attempt. */
import { outputEstimate } from '@sluice/wire';
import { answerOf, estimatedUsage, headFrame, type Reader, type ReaderContext, type Reading } from './reader.ts';

const NOTHING = { frames: [], begun: false, usage: null, outputSeen: null } as const;

export function readWhole(context: ReaderContext): Reader {
  const { head, provider, answering, frames, job } = context;
  const pieces: Buffer[] = [];
  const isSuccess = head.status >= 200 && head.status < 300;
  return {
    take(chunk) {
      pieces.push(chunk);
      return undefined;
    },
    conclude(failure): Reading {
      const body = Buffer.concat(pieces);
      // An error's status says enough even where its body was cut.
      if (!isSuccess) return { ...NOTHING, outcome: provider.outcomeOf(answerOf(head, parsed(body))) };
      if (failure !== null) return { ...NOTHING, outcome: null };
      const answer = answering.read.whole(body);
      if (answer.kind === 'error') {
        return { ...NOTHING, outcome: provider.outcomeOf(answerOf(head, answer.body)), usage: answer.usage };
      }
      const outputSeen = outputEstimate(answer.seen);
      const usage = answer.seen.usage ?? estimatedUsage(job, outputSeen);
      const written = answering.whole(body); // before the head, which tells what could not be said
      return {
        ...NOTHING, outcome: { kind: 'completed', usage }, frames: [headFrame(context, false), frames.data(written)],
        usage: answer.seen.usage, outputSeen,
      };
    },
  };
}

function parsed(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // A gateway's page or nothing at all: read as text.
    return text;
  }
}
