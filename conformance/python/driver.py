"""Answers the scenario's calls with pymilvus: one JSON call a line on stdin, one JSON answer a line on stdout.

A call is {"call": name, "with": arguments}; an answer is {"result": ...} or {"error": {"code", "text"}}. The code is
null when pymilvus refused before it asked the server. int64 values travel as decimal strings in both directions.
"""

import json
import sys
import warnings

from pymilvus import MilvusException
from pymilvus.exceptions import ParamError, DataNotMatchException

from milvus_client_driver import MilvusClientDriver
from orm_driver import OrmDriver

DRIVERS = {"pymilvus": MilvusClientDriver, "orm": OrmDriver}


def main() -> None:
    warnings.filterwarnings("ignore")
    driver = DRIVERS[sys.argv[1]]()
    # What pymilvus prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answers.write(encode(answer(driver, json.loads(line))) + "\n")
        answers.flush()


def answer(driver, request: dict) -> dict:
    try:
        return {"result": getattr(driver, request["call"])(**request["with"])}
    except (ParamError, DataNotMatchException) as error:
        return {"error": {"code": None, "text": error.message}}
    except MilvusException as error:
        return {"error": {"code": int(error.code), "text": error.message}}
    except Exception as error:
        return {"error": {"code": None, "text": f"{type(error).__name__}: {error}"}}


def encode(answer_: dict) -> str:
    try:
        return json.dumps(answer_, allow_nan=False)
    except ValueError as error:
        return json.dumps({"error": {"code": None, "text": f"The answer cannot be told: {error}"}})


if __name__ == "__main__":
    main()
