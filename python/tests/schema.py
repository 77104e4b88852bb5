"""Checks a value against an excerpt of a schema (crds/excerpt.py): the part of OpenAPI v3 that definitions of Kubernetes use."""

import re

_KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def wrong(value, schema, path=""):
    """The first place that violates the schema, or None."""
    if schema.get("x-kubernetes-int-or-string"):
        fits = isinstance(value, (int, str)) and not isinstance(value, bool)
    else:
        kind = schema.get("type")
        fits = kind is None or (isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool)))
    if not fits:
        return f"{path}: {value!r} is no {schema.get('type', 'number or text')}"
    if isinstance(value, dict):
        return _wrong_object(value, schema, path)
    if isinstance(value, list):
        return _first(wrong(item, schema.get("items", {}), f"{path}[{place}]") for place, item in enumerate(value))
    return _wrong_scalar(value, schema, path)


def _first(faults):
    return next((fault for fault in faults if fault), None)


def _wrong_object(value, schema, path):
    absent = [name for name in schema.get("required", ()) if name not in value]
    if absent:
        return f"{path}.{absent[0]} is absent"
    if "additionalProperties" in schema:
        return _first(wrong(item, schema["additionalProperties"], f"{path}.{name}") for name, item in value.items())
    if "properties" not in schema:  # any content
        return None
    known, others = schema["properties"], schema["other properties"].split()
    for name, item in value.items():
        if name in others:
            return f"{path}.{name} is not in the excerpt: run crds/excerpt.py again"
        fault = wrong(item, known[name], f"{path}.{name}") if name in known else f"{path}.{name} does not exist"
        if fault:
            return fault
    return None


def _wrong_scalar(value, schema, path):
    if "enum" in schema and value not in schema["enum"]:
        return f"{path}: {value!r} is none of {schema['enum']}"
    text = str(value)
    if isinstance(value, (int, str)) and "pattern" in schema and not re.search(schema["pattern"], text):
        return f"{path}: {value!r} is not as {schema['pattern']}"
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return f"{path}: {value!r} has {len(value)} characters"
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{path}: {value!r} is out of range"
    return None
