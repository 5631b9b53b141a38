"""LangChain's client for OpenAI in Python, as clients.test.ts drives it. It drops what it does not know of an answer."""

import os

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from questions import BOTH, HELLO, IMAGE, RESULT, TEXTS, TOOL_NAMES, WEATHER_ONLY, Person, tool_of
from serve_orders import serve_orders

ACCOUNT = {"base_url": os.environ["CLIENT_BASE_URL"], "api_key": os.environ["CLIENT_KEY"], "max_retries": 0}


def chat(model):
    return ChatOpenAI(model=model, stream_usage=True, **ACCOUNT)


def told(message):
    usage = message.usage_metadata
    return {
        "text": message.text,
        "finish": message.response_metadata["finish_reason"],
        "input": usage["input_tokens"],
        "output": usage["output_tokens"],
    }


def collected(chunks):
    """One message of all chunks, and in how many its text came."""
    message, pieces = None, 0
    for chunk in chunks:
        pieces += chunk.text != ""
        message = chunk if message is None else message + chunk
    return message, pieces


def text(model):
    return told(chat(model).invoke(HELLO))


def stream(model):
    message, pieces = collected(chat(model).stream(HELLO))
    return {**told(message), "pieces": pieces}


def whole(bound, messages):
    return bound.invoke(messages)


def streamed(bound, messages):
    return collected(bound.stream(messages))[0]


def loop(ask, model, question, names, **forced):
    """Calls, their results, and what is said to them."""
    given, asked = [tool_of(name) for name in names], HumanMessage(question)
    first = ask(chat(model).bind_tools(given, **forced), [asked])
    results = [ToolMessage(RESULT, tool_call_id=call["id"]) for call in first.tool_calls]
    second = ask(chat(model).bind_tools(given), [asked, first, *results])
    calls = [{"name": call["name"], "arguments": call["args"]} for call in first.tool_calls]
    return {"calls": calls, "text": second.text}


def tool(model):
    return loop(whole, model, WEATHER_ONLY, ["get_weather"], tool_choice="required")


def tools(model):
    return loop(whole, model, BOTH, TOOL_NAMES)


def streamed_tools(model):
    return loop(streamed, model, BOTH, TOOL_NAMES)


def structured(model):
    return {"object": chat(model).with_structured_output(Person, method="json_schema").invoke(HELLO).model_dump()}


def image(model):
    return told(chat(model).invoke([HumanMessage(IMAGE)]))


def embeddings(model):
    # Left to itself it cuts texts into OpenAI's tokens, with a table that it fetches, and sends those: no other provider reads them.
    embedder = OpenAIEmbeddings(model=model, check_embedding_ctx_length=False, **ACCOUNT)
    vectors = embedder.embed_documents(TEXTS)
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
