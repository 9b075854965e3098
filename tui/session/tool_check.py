"""Whether a tool's arguments fit the schema that the user wrote for it.

Knows JSON Schema, by library; nothing is ever fetched for it. Loaded only where there are tools.
"""

from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

MAX_ARGUMENTS = 64 << 10


def problem_of_schema(schema: dict[str, Any]) -> str:
    """What is wrong with a schema; "" when it can be used."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"
    return ""


def problem_of_arguments(schema: dict[str, Any], arguments: dict[str, Any]) -> str:
    """What is wrong with `arguments`, short; "" when nothing is."""
    if len(msgspec.json.encode(arguments)) > MAX_ARGUMENTS:
        return f"the arguments are larger than {MAX_ARGUMENTS} bytes"
    # An empty registry: a `$ref` to the network is an error and never a request.
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        error = best_match(validator.iter_errors(arguments))
    except (Unresolvable, RecursionError) as failure:
        return f"the schema cannot be used: {type(failure).__name__}"
    return "" if error is None else f"{error.json_path}: {error.message}"[:300]
