#!/bin/sh
# A completion handed over as a job, with curl alone. After `npm start`, in another terminal: sh examples/jobs.sh
url=${SLUICE_URL:-http://127.0.0.1:3000}
key=${SLUICE_KEY:-sk-sluice-demo}

# 202, and where the job is; the same Idempotency-Key again is the same job.
location=$(curl -sS -D - -o /dev/null "$url/v1/jobs" -H "Authorization: Bearer $key" -H "Idempotency-Key: example-$$" -d '{
  "endpoint": "/v1/chat/completions",
  "body": {"model": "fast", "messages": [{"role": "user", "content": "Why do queues beat retries?"}]}
}' | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
echo "$location"

# Its answer, as the endpoint itself would have given it; 202 until there is one.
answer=$(mktemp)
while [ "$(curl -sS -o "$answer" -w '%{http_code}' "$url$location/result" -H "Authorization: Bearer $key")" = 202 ]; do sleep 1; done
cat "$answer"
rm "$answer"
