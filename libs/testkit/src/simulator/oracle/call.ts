/** What the oracle keeps of one call. It never holds a prompt or an answer. */
import type { Limit } from '@sluice/domain';

export type CallOutcome =
  /** Still running. */
  | 'open'
  /** A whole answer was sent, as far as the simulator is concerned. */
  | 'answered'
  /** Over a limit: 429 by the provider's own enforcement. */
  | 'refused'
  /** 400, 401, 404 …: the caller's fault. */
  | 'rejected'
  /** A fault of the script shaped or ended it. */
  | 'faulted'
  /** The client closed the connection before the end. */
  | 'client_gone';

export interface CallRecord {
  /** From 1, in order of arrival since the last reset. */
  readonly n: number;
  /** Epoch ms with fractions: when its last byte had arrived, which is when limits look at it. */
  readonly arrivedAt: number;
  readonly key: string;
  readonly model: string;
  readonly stream: boolean;
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** Produced so far; final once `endedAt` is set. */
  outputTokens: number;
  outcome: CallOutcome;
  /** Did limits admit and charge it? */
  charged: boolean;
  status: number;
  refusedBy: Limit | null;
  fault: string | null;
  /** Id of the recording that answered it. */
  recording: string | null;
  bytesSent: number;
  firstByteAt: number | null;
  endedAt: number | null;
  clientGoneAt: number | null;
}
