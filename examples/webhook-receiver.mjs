// A receiver that verifies and deduplicates: WEBHOOK_SECRET=whsec_… node examples/webhook-receiver.mjs
import { createServer } from 'node:http';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'unused', webhookSecret: process.env.WEBHOOK_SECRET });
const seen = new Set(); // of a real receiver: a table with a unique key

createServer(async (req, res) => {
  let body = '';
  for await (const piece of req) body += piece;
  try {
    const event = await client.webhooks.unwrap(body, req.headers); // throws unless the signature is right and fresh
    res.end(); // answer first, work afterwards
    if (seen.has(event.id)) return;
    seen.add(event.id);
    console.log(event.type, event.data.id);
  } catch (error) {
    res.writeHead(400).end(error.message);
  }
}).listen(process.env.PORT ?? 4000);
