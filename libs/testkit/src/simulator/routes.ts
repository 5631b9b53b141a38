/** Which part of the simulator a request is for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAdmin, serveAdmin, type Control } from './admin.ts';
import type { CallPorts, Request } from './answer.ts';
import { answerCall, keyFailure, MISSING_MODEL, reject } from './call.ts';
import { chatFormat } from './formats/chat/chat.ts';
import type { Failure } from './formats/format.ts';
import { modelBody, modelList } from './models.ts';
import { playRecording } from './play.ts';
import { MAX_BODY_BYTES, readBody } from './read-body.ts';
import type { Replays } from './replay.ts';

/** The formats spoken; the first also says what is wrong with a request that is for none. */
const FORMATS = [chatFormat] as const;

const NO_RECORDING: Failure = { kind: 'invalid', message: 'there is no recording of that id', param: null, code: null };

export interface RoutePorts {
  readonly call: CallPorts;
  readonly control: Control;
  readonly replays: Replays;
  /** Told every body that is not for the simulator itself. */
  readonly keepBody: (body: Buffer) => void;
}

export async function serveRequest(req: IncomingMessage, res: ServerResponse, ports: RoutePorts): Promise<void> {
  const read = await readBody(req);
  if (read === 'gone') return;
  const body = read === 'too_large' ? Buffer.alloc(0) : read;
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
  if (isAdmin(path)) return serveAdmin({ req, res, path, body }, ports.control);
  const format = FORMATS.find((candidate) => candidate.speaks(path));
  const request: Request = { req, res, body, arrivedAt: ports.call.now(), format: format ?? FORMATS[0] };
  if (read === 'too_large') return reject(request, ports.call, { kind: 'too_large', limitBytes: MAX_BODY_BYTES });
  ports.keepBody(body);
  const replay = ports.replays.take(req);
  if (replay === 'unknown') return reject(request, ports.call, NO_RECORDING);
  if (replay) return playRecording(request, ports.call, { replay, replays: ports.replays });
  const method = req.method ?? 'GET';
  const model = modelPath(path);
  if (!format && model === undefined) return reject(request, ports.call, { kind: 'unknown_url', method, path });
  if (method !== (format ? 'POST' : 'GET')) return reject(request, ports.call, { kind: 'wrong_method', method, path });
  if (model === undefined) answerCall(request, ports.call);
  else serveModels(request, ports.call, model);
}

/** Null for the list, a name for one, undefined for another path. */
function modelPath(path: string): string | null | undefined {
  if (path === '/v1/models') return null;
  return path.startsWith('/v1/models/') ? path.slice('/v1/models/'.length) : undefined;
}

function serveModels(request: Request, ports: CallPorts, model: string | null): void {
  const failure = keyFailure(request);
  if (failure) return reject(request, ports, failure);
  if (model === MISSING_MODEL) return reject(request, ports, { kind: 'no_model', model });
  request.res.writeHead(200, { 'content-type': 'application/json' });
  request.res.end(model === null ? modelList(Object.keys(ports.settings.models)) : modelBody(unescaped(model)));
}

/** A name with a slash arrives escaped; what is no escape is taken as it stands. */
function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
