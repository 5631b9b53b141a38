"""What the clients in Python ask: the same as questions.ts."""

from pydantic import BaseModel

HELLO = "hello"
WEATHER_ONLY = "How is the weather in Rome?"
BOTH = "Use get_weather and get_traffic for Rome."
RESULT = "fine"
TEXTS = ["a text", "another text"]
TOOL_NAMES = ["get_weather", "get_traffic"]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
IMAGE = [
    {"type": "text", "text": HELLO},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
]
PLACE = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Person(BaseModel):
    name: str
    age: int


def tool_of(name):
    return {"type": "function", "function": {"name": name, "description": "of a city", "parameters": PLACE}}
