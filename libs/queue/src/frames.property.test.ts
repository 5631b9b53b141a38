import type { Frame } from '@sluice/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode, PUBLISH_AT_MOST } from './frames.ts';

const frames: fc.Arbitrary<Frame[]> = fc.array(fc.record({
  job: fc.stringMatching(/^job_[0-9A-Z]{26}$/), seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  kind: fc.constantFrom('head', 'data', 'end'), data: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
}));

test('what is published is what is read, whatever bytes it holds', () => {
  fc.assert(fc.property(frames, (some) => { expect(decode(encode(some))).toEqual(some); }));
});

test('a frame too large to publish is left to the replay stream; the end never is', () => {
  const data = Buffer.alloc(PUBLISH_AT_MOST + 1);
  const big = { job: 'job_1', seq: 1, kind: 'data', data } as const;
  expect(decode(encode([big, { ...big, seq: 2, kind: 'end' }]))).toEqual([{ ...big, seq: 2, kind: 'end' }]);
});
