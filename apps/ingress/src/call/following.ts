/**
 * Follows the frames of one job and hands them on in order, each once.
 *
 *            offer(next)                        a gap, an end too early, silence
 *   live ───────────────▶ live          live ─────────────────────────────────────▶ reading
 *   live ── the reader is full ──▶ held         held ── release() ──▶ live, or reading if anything was missed
 *   reading ── caught up ──▶ live       reading ── the reader is full ──▶ held
 *
 * Frames that come by pub/sub are fast and may be lost; the replay stream has them all. So a frame that is not the next
 * one is dropped, and what is missing is read from there in bounded pieces. The same goes for a reader that is full:
 * nothing is kept for it here.
 */
import { beforeFirstFrameOf, END_SEQ, isFirstFrame } from '@sluice/domain';
import type { End, Frame, Job } from '@sluice/domain';

export interface FrameReader {
  /** False: full, nothing more until `release`. Must not throw. */
  take(frame: Frame): boolean;
  end(end: End): void;
  /** The frames cannot be had: `framesAfter` failed, or the replay stream itself has a gap. */
  lost(error: unknown): void;
}

export type FramesAfter = (job: string, seq: number, limit: number) => Promise<readonly Frame[]>;

/** Frames of one read: what a reader that is not full can be handed at once. */
const PIECE = 16;

export class Following {
  readonly #job: string;
  readonly #framesAfter: FramesAfter;
  readonly #reader: FrameReader;
  #next: number;
  /** Nothing was handed on: an answer that is begun anew can still be followed. */
  #fresh: boolean;
  #reading = false;
  #held = false;
  /** Something came while it could not be handed on. */
  #missed = false;
  #done = false;

  /** `after`: the last frame that the reader has; default: none. */
  constructor(job: Pick<Job, 'id' | 'kept'>, { framesAfter, after }: { readonly framesAfter: FramesAfter; readonly after?: number }, reader: FrameReader) {
    this.#job = job.id;
    this.#next = (after ?? beforeFirstFrameOf(job)) + 1;
    this.#fresh = after === undefined;
    this.#framesAfter = framesAfter;
    this.#reader = reader;
  }

  /** A frame that came by pub/sub: of this job, in any order, any number of times. */
  offer(frame: Frame): void {
    if (this.#done || (frame.seq < this.#next && frame.seq !== END_SEQ)) return;
    if (this.#held || this.#reading) this.#missed = true;
    else if (!this.#handOn(frame)) this.look();
  }

  /** The reader has room again. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#missed) this.look();
  }

  /** Looks into the replay stream: after silence, after a gap, and for what came before anyone listened. */
  look(): void {
    if (this.#done || this.#held || this.#reading) return;
    this.#reading = true;
    this.#readOn().catch((error: unknown) => this.#lose(error)).finally(() => { this.#reading = false; });
  }

  /** Nothing is handed on from here. */
  stop(): void {
    this.#done = true;
  }

  async #readOn(): Promise<void> {
    let more = true;
    while (more) {
      this.#missed = false;
      const frames = await this.#framesAfter(this.#job, this.#next - 1, PIECE);
      for (const frame of frames) {
        if (this.#done) return;
        if (this.#held) {
          this.#missed = true;
          return;
        }
        if (!this.#handOn(frame)) throw new Error(`frame ${this.#next} of ${this.#job} is missing`);
      }
      // `missed` may have been set by an offer during the wait.
      more = !this.#done && !this.#held && (frames.length === PIECE || this.#wasMissed());
    }
  }

  #wasMissed(): boolean {
    return this.#missed;
  }

  /** False: this frame is not the next one. */
  #handOn(frame: Frame): boolean {
    if (frame.kind === 'end') return this.#handOnEnd(frame);
    if (this.#fresh && isFirstFrame(frame.seq)) this.#next = frame.seq;
    if (frame.seq !== this.#next) return false;
    this.#fresh = false;
    this.#next++;
    if (!this.#reader.take(frame)) this.#held = true;
    return true;
  }

  #handOnEnd(frame: Frame): boolean {
    const end = JSON.parse(frame.data.toString()) as End; // written by a worker or scheduler of ours
    if (end.last >= this.#next) return false;
    this.#done = true;
    this.#reader.end(end);
    return true;
  }

  #lose(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#reader.lost(error);
  }
}
