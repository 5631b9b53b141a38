"""The openai SDK for Python, as the tests of openai-python.test.ts drive it.

Each line of stdin is a JSON object: `id`, `scenario`, and for some `model`, `content`, `headers`, `options`. Each is
answered by one line with the same id and either `result` or `error`, in whatever order they finish.
"""

import asyncio
import json
import os
import sys
import threading
import time

import openai
from pydantic import BaseModel

KEY = os.environ["CLIENT_KEY"]
BASE_URL = os.environ["CLIENT_BASE_URL"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


class Person(BaseModel):
    name: str
    age: int


def options(order):
    return {"base_url": BASE_URL, "api_key": KEY, "default_headers": order.get("headers", {}), **order.get("options", {})}


def asking(order):
    messages = [{"role": "user", "content": order.get("content", "hello")}]
    return {"model": order.get("model", "fast"), "messages": messages, **order.get("more", {})}


def chat(order):
    answer = openai.OpenAI(**options(order)).chat.completions.create(**asking(order))
    [choice] = answer.choices
    return {
        "content": choice.message.content,
        "finish": choice.finish_reason,
        "request_id": answer._request_id,
        "usage": answer.usage.total_tokens,
    }


def stream(order):
    pieces, ids = [], set()
    for chunk in openai.OpenAI(**options(order)).chat.completions.create(**asking(order), stream=True):
        ids.add(chunk.id)
        pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    return {"content": "".join(pieces), "pieces": len(pieces), "ids": len(ids)}


def stream_helper(order):
    with openai.OpenAI(**options(order)).chat.completions.stream(**asking(order)) as events:
        kinds = {event.type for event in events}
        final = events.get_final_completion()
    return {"content": final.choices[0].message.content, "finish": final.choices[0].finish_reason, "kinds": sorted(kinds)}


def async_stream(order):
    async def collect():
        async with openai.AsyncOpenAI(**options(order)) as client:
            events = await client.chat.completions.create(**asking(order), stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in events if chunk.choices])

    return {"content": asyncio.run(collect())}


def tool(order):
    answer = openai.OpenAI(**options(order)).chat.completions.create(**asking(order), tools=[WEATHER], tool_choice="required")
    call = answer.choices[0].message.tool_calls[0].function
    return {"finish": answer.choices[0].finish_reason, "name": call.name, "arguments": json.loads(call.arguments)}


def parse(order):
    answer = openai.OpenAI(**options(order)).chat.completions.parse(**asking(order), response_format=Person)
    return {"parsed": answer.choices[0].message.parsed.model_dump()}


def models(order):
    client = openai.OpenAI(**options(order))
    return {"ids": [model.id for model in client.models.list()], "one": client.models.retrieve("openai-compatible/gpt-cut").id}


def batch(order):
    client = openai.OpenAI(**options(order))
    file = client.files.create(file=("lines.jsonl", order["content"].encode()), purpose="batch")
    made = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    ended = made
    while ended.status not in ("completed", "failed", "expired", "cancelled"):
        time.sleep(0.1)
        ended = client.batches.retrieve(made.id)
    return {
        "file": file.model_dump(),
        "made": made.model_dump(),
        "ended": ended.model_dump(),
        "listed": [each.id for each in client.batches.list()],
        "content": client.files.content(ended.output_file_id).text if ended.output_file_id else None,
    }


SCENARIOS = {scenario.__name__: scenario for scenario in (chat, stream, stream_helper, async_stream, tool, parse, models, batch)}


def told(error):
    """What a user can tell of an exception."""
    response = getattr(error, "response", None)
    return {
        "type": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": str(error),
        "status": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "param": getattr(error, "param", None),
        "request_id": getattr(error, "request_id", None),
        "should_retry": response.headers.get("x-should-retry") if response is not None else None,
    }


def answer(order):
    try:
        said = {"result": SCENARIOS[order["scenario"]](order)}
    except Exception as error:  # whatever it raises is what the test asks for
        said = {"error": told(error)}
    sys.stdout.write(json.dumps({"id": order["id"], **said}) + "\n")
    sys.stdout.flush()


for line in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(line),)).start()
