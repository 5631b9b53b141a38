/** Which part of the simulator a request is for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAdmin, serveAdmin, type Control } from './admin.ts';
import type { CallPorts, Request } from './answer.ts';
import { answerCall, keyFailure, MISSING_MODEL, reject } from './call.ts';
import { endpointOf, FALLBACK_MANNER } from './endpoints.ts';
import type { Failure } from './manners/manner.ts';
import { modelBody, modelList } from './models.ts';
import { playRecording } from './play.ts';
import { MAX_BODY_BYTES, readBody } from './read-body.ts';
import type { Replays } from './replay.ts';

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
  const [path = '/', search = ''] = (req.url ?? '/').split(/\?(.*)/s, 2);
  if (isAdmin(path)) return serveAdmin({ req, res, path, body }, ports.control);
  const endpoint = endpointOf(path);
  const query = new URLSearchParams(search);
  const request: Request = { req, res, body, query, arrivedAt: ports.call.now(), manner: endpoint?.manner ?? FALLBACK_MANNER };
  if (read === 'too_large') return reject(request, ports.call, { kind: 'too_large', limitBytes: MAX_BODY_BYTES });
  ports.keepBody(body);
  const replay = ports.replays.take(req);
  if (replay === 'unknown') return reject(request, ports.call, NO_RECORDING);
  if (replay) return playRecording(request, ports.call, { replay, replays: ports.replays });
  const method = req.method ?? 'GET';
  if (!endpoint) return reject(request, ports.call, { kind: 'unknown_url', method, path });
  const { serves } = endpoint;
  if (method !== (serves.kind === 'calls' ? 'POST' : 'GET')) return reject(request, ports.call, { kind: 'wrong_method', method, path });
  if (serves.kind === 'models') return serveModels(request, ports.call, serves.model);
  const { format, model, stream } = serves;
  answerCall({ ...request, format, address: { model, stream, query } }, ports.call);
}

function serveModels(request: Request, ports: CallPorts, model: string | null): void {
  const failure = keyFailure(request, ports);
  if (failure) return reject(request, ports, failure);
  if (model === MISSING_MODEL) return reject(request, ports, { kind: 'no_model', model });
  request.res.writeHead(200, { 'content-type': 'application/json' });
  request.res.end(model === null ? modelList(Object.keys(ports.settings.models)) : modelBody(model));
}
