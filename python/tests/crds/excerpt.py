"""Writes the excerpts in this folder: of the schemas of KubeRay and KServe what the files in examples/ use.

excerpt.py KUBERAY KSERVE     clones of github.com/ray-project/kuberay and github.com/kserve/kserve (both Apache-2.0), at the tags of SOURCES

Of each object that an example has, an excerpt keeps the names of all properties and what is required; of each property that the example sets, its
type and rules too. A property that an example newly sets is reported by the test until this is run again.
"""

import json
import pathlib
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parents[2] / "examples"
KUBERAY, KSERVE = ("ray-project/kuberay", "v1.7.0"), ("kserve/kserve", "v0.20.0")
SOURCES = {
    "ray/rayjob.yaml": (KUBERAY, "helm-chart/kuberay-operator/crds/ray.io_rayjobs.yaml"),
    "kserve/servingruntime.yaml": (KSERVE, "config/crd/full/serving.kserve.io_servingruntimes.yaml"),
    "kserve/inferenceservice.yaml": (KSERVE, "config/crd/full/serving.kserve.io_inferenceservices.yaml"),
}
RULES = ("type", "required", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "format", "x-kubernetes-int-or-string")


def excerpt(schema, value):
    kept = {rule: schema[rule] for rule in RULES if rule in schema}
    if isinstance(value, dict) and "properties" in schema:
        parts = schema["properties"]
        kept["properties"] = {name: excerpt(part, value[name]) for name, part in parts.items() if name in value}
        kept["other properties"] = " ".join(sorted(parts.keys() - value.keys()))
    if isinstance(value, dict) and "additionalProperties" in schema:
        kept["additionalProperties"] = excerpt(schema["additionalProperties"], next(iter(value.values()), None))
    if isinstance(value, list) and "items" in schema:
        kept["items"] = excerpt(schema["items"], merged(value))
    return kept


def merged(items):
    """One value with the keys of all items."""
    if not items or not isinstance(items[0], dict):
        return items[0] if items else None
    names = {name for item in items for name in item}
    return {name: next(item[name] for item in items if name in item) for name in sorted(names)}


def schema_of(definition, version):
    (found,) = (each["schema"]["openAPIV3Schema"] for each in definition["spec"]["versions"] if each["name"] == version)
    return found


def main():
    clones = dict(zip(("ray-project/kuberay", "kserve/kserve"), sys.argv[1:], strict=True))
    for example, ((repository, tag), path) in SOURCES.items():
        text = subprocess.run(["git", "-C", clones[repository], "show", f"{tag}:{path}"], capture_output=True, check=True).stdout
        value = yaml.safe_load((EXAMPLES / example).read_text(encoding="utf-8"))
        schema = schema_of(yaml.safe_load(text), value["apiVersion"].split("/")[1])
        kept = {"source": f"github.com/{repository}, {tag}, {path}", "schema": excerpt(schema, value)}
        (HERE / f"{pathlib.Path(example).stem}.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
