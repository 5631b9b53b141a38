/**
 * The provider simulator: a real HTTP server on the loopback interface that answers as a provider does, keeps limits as a
 * provider does, counts for itself what it was asked, and fails as it is told to.
 */
import { createServer } from 'node:http';
import type { Limit } from '@sluice/domain';
import type { Exchange } from '../recordings/exchange.ts';
import type { Control } from './admin.ts';
import type { ProviderFault } from './faults/choose.ts';
import type { Rule } from './faults/rule.ts';
import { createScriptRunner } from './faults/runner.ts';
import { createPromptCache } from './formats/prompt-cache.ts';
import { createGate } from './gate.ts';
import { createEnforcer } from './limits/enforcer.ts';
import type { CallRecord } from './oracle/call.ts';
import type { OracleReport, Span } from './oracle/oracle.ts';
import { createRecorder } from './oracle/recorder.ts';
import { settingsOf, type SimulatorOptions } from './options.ts';
import { createReplays, type Received, type ReplayHow } from './replay.ts';
import { serveRequest, type RoutePorts } from './routes.ts';

export interface Simulator {
  /** Base URL for OpenAI's SDK: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** `http://127.0.0.1:PORT`: what other SDKs append their paths to. */
  readonly origin: string;
  readonly port: number;
  /** The oracle's count, recounted now; with a span, utilisation over exactly that. */
  oracle(span?: Span): OracleReport;
  resetOracle(): void;
  /** Replaces the fault script; its calls and times count from now. An empty list ends it. */
  script(rules: readonly Rule[]): void;
  setLimits(limits: readonly Limit[]): void;
  calls(): readonly CallRecord[];
  /** Bodies of the last requests, oldest first, if `keepBodies` asked for them. */
  bodies(): readonly string[];
  /** The next request that names no recording is answered by this one; several queue up. */
  replay(exchange: Exchange, how?: ReplayHow): void;
  /** What recordings answered: the last thousand. */
  received(): readonly Received[];
  /** Closes the socket and every connection. Again: nothing. */
  stop(): Promise<void>;
}

/** @throws SluiceError invalid_request on limits nobody enforces; Error when the port is taken */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = settingsOf(options);
  // Monotonic, with fractions: limits that are exact to the millisecond need better than a millisecond.
  const now = (): number => performance.timeOrigin + performance.now();
  const enforcer = createEnforcer(settings.limits, settings.counting, settings.fixedOffsetMs);
  const recorder = createRecorder(
    { counting: settings.counting, fixedOffsetMs: settings.fixedOffsetMs, keep: settings.keepCalls }, settings.limits, now(),
  );
  const replays = createReplays(settings.recordings);
  const bodies: string[] = [];

  const setLimits = (limits: readonly Limit[]): void => {
    enforcer.setLimits(limits, now());
    recorder.limitsBecome(limits, now());
  };
  const happen = (fault: ProviderFault): void => {
    if (fault.kind === 'limits') setLimits(fault.limits);
    else gate.refuse(fault.forMs, fault.dropOpen ?? false);
  };
  const script = createScriptRunner({ seed: settings.seed, now, happen });
  const control: Control = {
    setLimits, script: script.set, calls: recorder.calls, oracle: recorder.report, resetOracle: () => recorder.reset(now()),
  };
  const keepBody = (body: Buffer): void => {
    if (settings.keepBodies > 0 && bodies.push(body.toString()) > settings.keepBodies) bodies.shift();
  };
  const call = { settings, now, enforcer, recorder, script, happen, promptCache: createPromptCache() };
  const routes: RoutePorts = { call, control, replays, keepBody };

  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 75_000 }, (req, res) => {
    if (gate.refusing) res.shouldKeepAlive = false;
    // What serving throws is a bug of the simulator: the connection shows it, and nothing hides it as an answer.
    serveRequest(req, res, routes).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : String(error));
      res.destroy();
    });
  });
  const gate = createGate(server);
  const port = await gate.open(settings.port);
  script.set(settings.script);

  return {
    url: `http://127.0.0.1:${port}/v1`,
    origin: `http://127.0.0.1:${port}`,
    port,
    ...control,
    bodies: () => bodies,
    replay: (exchange, how = {}) => replays.queue({ exchange, how }),
    received: replays.received,
    async stop() {
      script.stop();
      await gate.close();
    },
  };
}
