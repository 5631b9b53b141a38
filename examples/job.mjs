// A completion handed over as a job, and its answer fetched later. After `npm start`, in another terminal: node examples/job.mjs
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: `${process.env.SLUICE_URL ?? 'http://127.0.0.1:3000'}/v1`, apiKey: process.env.SLUICE_KEY ?? 'sk-sluice-demo' });

let job = await client.post('/jobs', {
  body: { endpoint: '/v1/chat/completions', body: { model: 'fast', messages: [{ role: 'user', content: 'Hello' }] } },
  headers: { 'Idempotency-Key': `example-${Date.now()}` },
});
console.log(`${job.id} is ${job.state}`);

while (job.state === 'queued' || job.state === 'running') {
  await pause(500);
  job = await client.get(`/jobs/${job.id}`);
}
console.log(job.state === 'completed' ? job.result.choices[0].message.content : job.error);
