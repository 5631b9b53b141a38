"""After `npm start`: pip install openai && python examples/batch.py"""
import json
import os
import time

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("SLUICE_URL", "http://127.0.0.1:3000") + "/v1",
    api_key=os.environ.get("SLUICE_KEY", "sk-sluice-demo"),
)
lines = [
    {"custom_id": f"question-{index}", "method": "POST", "url": "/v1/chat/completions",
     "body": {"model": "fast", "messages": [{"role": "user", "content": content}]}}
    for index, content in enumerate(["Why do queues beat retries?", "What is a lease?"])
]
data = "\n".join(json.dumps(line) for line in lines).encode()
file = client.files.create(file=("questions.jsonl", data), purpose="batch")
batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
while batch.status not in ("completed", "failed", "expired", "cancelled"):
    time.sleep(0.5)
    batch = client.batches.retrieve(batch.id)
print(batch.status, batch.request_counts)
for file_id in (batch.output_file_id, batch.error_file_id):
    if file_id:
        print(client.files.content(file_id).text, end="")
