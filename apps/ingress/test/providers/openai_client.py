"""The official openai SDK for Python, as clients.test.ts drives it."""

import json
import os

import openai
from questions import BOTH, HELLO, IMAGE, RESULT, TEXTS, TOOL_NAMES, WEATHER_ONLY, Person, tool_of
from serve_orders import serve_orders

client = openai.OpenAI(base_url=os.environ["CLIENT_BASE_URL"], api_key=os.environ["CLIENT_KEY"], max_retries=0)


def says(content):
    return {"role": "user", "content": content}


def told(answer):
    [choice] = answer.choices
    return {
        "text": choice.message.content,
        "finish": choice.finish_reason,
        "input": answer.usage.prompt_tokens,
        "output": answer.usage.completion_tokens,
    }


def text(model):
    return told(client.chat.completions.create(model=model, messages=[says(HELLO)]))


def stream(model):
    asking = {"model": model, "messages": [says(HELLO)], "stream_options": {"include_usage": True}}
    with client.chat.completions.stream(**asking) as events:
        pieces = sum(event.type == "content.delta" for event in events)
        return {**told(events.get_final_completion()), "pieces": pieces}


def whole(**params):
    return client.chat.completions.create(**params)


def streamed(**params):
    with client.chat.completions.stream(**params) as events:
        return events.get_final_completion()


def loop(ask, model, question, names, **forced):
    """Calls, their results, and what is said to them."""
    asking = {"model": model, "tools": [tool_of(name) for name in names]}
    first = ask(**asking, **forced, messages=[says(question)]).choices[0].message
    calls = first.tool_calls or []
    results = [{"role": "tool", "tool_call_id": call.id, "content": RESULT} for call in calls]
    second = ask(**asking, messages=[says(question), first.to_dict(), *results])
    return {
        "calls": [{"name": call.function.name, "arguments": json.loads(call.function.arguments)} for call in calls],
        "text": second.choices[0].message.content,
    }


def tool(model):
    return loop(whole, model, WEATHER_ONLY, ["get_weather"], tool_choice="required")


def tools(model):
    return loop(whole, model, BOTH, TOOL_NAMES)


def streamed_tools(model):
    return loop(streamed, model, BOTH, TOOL_NAMES)


def structured(model):
    answer = client.chat.completions.parse(model=model, messages=[says(HELLO)], response_format=Person)
    return {"object": answer.choices[0].message.parsed.model_dump()}


def image(model):
    return told(client.chat.completions.create(model=model, messages=[says(IMAGE)]))


def embeddings(model):
    vectors = [item.embedding for item in client.embeddings.create(model=model, input=TEXTS).data]
    return {"dimensions": [len(vector) for vector in vectors], "begins": vectors[0][:3]}


serve_orders(
    {
        "text": text,
        "stream": stream,
        "tool": tool,
        "tools": tools,
        "streamedTools": streamed_tools,
        "object": structured,
        "image": image,
        "embeddings": embeddings,
        "unknownModel": text,
    }
)
