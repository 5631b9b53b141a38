// After `npm start`, in another terminal: node examples/hello.mjs
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.SLUICE_URL ?? 'http://127.0.0.1:3000'}/v1`,
  apiKey: process.env.SLUICE_KEY ?? 'sk-sluice-demo',
});
const messages = [{ role: 'user', content: 'Why do queues beat retries?' }];
const stream = await client.chat.completions.create({ model: 'smart', stream: true, messages });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
