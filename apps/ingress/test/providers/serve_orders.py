"""A program that carries out what it is told: a line of JSON in, a line of JSON out with the same id, whatever finishes first."""

import json
import sys
import threading


def told(error):
    """What a user can tell of an exception."""
    return {
        "name": type(error).__name__,
        "status": getattr(error, "status_code", 0),
        "code": str(getattr(error, "code", "")),
        "message": str(error),
    }


def serve_orders(scenarios):
    def answer(order):
        try:
            said = {"result": scenarios[order["scenario"]](order["model"])}
        except Exception as error:  # whatever it raises is what the test asks for
            said = {"error": told(error)}
        sys.stdout.write(json.dumps({"id": order["id"], **said}) + "\n")
        sys.stdout.flush()

    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),)).start()
