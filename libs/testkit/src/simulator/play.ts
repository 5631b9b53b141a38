/** A recording as the answer: its status, headers and bytes, and the request kept for comparing. */
import { deliver, type DeliveryEnd } from './deliver.ts';
import type { CallPorts, Request } from './answer.ts';
import { keyOf } from './call.ts';
import { replayedHeaders, replayedPieces, type Replay, type Replays } from './replay.ts';

/** Limits do not hold for recordings, and of the faults of the script only `cut` and `stall` meet them. */
export function playRecording(
  request: Request, ports: CallPorts, { replay, replays }: { readonly replay: Replay; readonly replays: Replays },
): void {
  const { req, res, body, arrivedAt } = request;
  const { exchange, how } = replay;
  const key = keyOf(request);
  replays.keep({ exchange, method: req.method ?? '', path: req.url ?? '', headers: req.headers, bodyText: body.toString() });
  const model = exchange.model ?? '';
  const record = ports.recorder.arrived({ arrivedAt, key, model, stream: exchange.stream, inputTokens: 0, maxOutputTokens: 0 });
  const { ending } = ports.script.next({ model, key });
  const end: DeliveryEnd = ending?.kind === 'cut' || ending?.kind === 'stall' ? ending : { kind: 'whole' };
  record.recording = exchange.id;
  record.status = exchange.response.status;
  record.fault = end.kind === 'whole' ? null : end.kind;
  record.firstByteAt = ports.now();
  res.once('close', () => {
    if (res.writableFinished || record.outcome === 'faulted') return;
    record.endedAt ??= ports.now();
    record.clientGoneAt = ports.now();
    record.outcome = record.fault === null ? 'client_gone' : 'faulted';
  });
  const pieces = replayedPieces(replay).map((data) => ({ data, tokens: 0 }));
  const everyMs = how.pieceEveryMs ?? (how.pieceBytes === undefined ? 0 : 1);
  deliver(res, { status: exchange.response.status, headers: replayedHeaders(exchange), pieces, everyMs, stamp: false, end }, {
    sent: (bytes) => { record.bytesSent += bytes; },
    complete() {
      record.outcome = record.fault === null ? 'answered' : 'faulted';
      record.endedAt = ports.now();
    },
  });
}
