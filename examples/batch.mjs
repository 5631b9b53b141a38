// After `npm start`, in another terminal: node examples/batch.mjs
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.SLUICE_URL ?? 'http://127.0.0.1:3000'}/v1`,
  apiKey: process.env.SLUICE_KEY ?? 'sk-sluice-demo',
});
const lines = ['Why do queues beat retries?', 'What is a lease?'].map((content, index) => JSON.stringify({
  custom_id: `question-${index}`, method: 'POST', url: '/v1/chat/completions', body: { model: 'fast', messages: [{ role: 'user', content }] },
}));
const file = await client.files.create({ file: await toFile(new TextEncoder().encode(lines.join('\n')), 'questions.jsonl'), purpose: 'batch' });
let batch = await client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await delay(500);
  batch = await client.batches.retrieve(batch.id);
}
console.log(batch.status, batch.request_counts);
for (const error of batch.errors?.data ?? []) console.log(`line ${error.line}: ${error.message}`);
for (const id of [batch.output_file_id, batch.error_file_id]) if (id) process.stdout.write(await (await client.files.content(id)).text());
