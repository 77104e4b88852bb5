"""The files for clusters in examples/ have the keys that KubeRay and KServe need, and options that exist."""

import re
import unittest

from folders import ROOT

try:
    import yaml
except ImportError:
    yaml = None

EXAMPLES = ROOT / "examples"
POD = {"spec": {"containers": [{"name": str, "image": str, "resources": dict}]}}
# The required keys and their kinds, from the documentation and samples of KubeRay 1.4 (RayJob) and KServe (ServingRuntime).
SCHEMAS = {
    "ray/rayjob.yaml": {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": str},
        "spec": {
            "entrypoint": str,
            "shutdownAfterJobFinishes": bool,
            "activeDeadlineSeconds": int,
            "backoffLimit": int,
            "rayClusterSpec": {
                "rayVersion": str,
                "headGroupSpec": {"rayStartParams": dict, "template": POD},
                "workerGroupSpecs": [
                    {
                        "groupName": str,
                        "replicas": int,
                        "minReplicas": int,
                        "maxReplicas": int,
                        "rayStartParams": dict,
                        "template": POD,
                    }
                ],
            },
        },
    },
    "kserve/servingruntime.yaml": {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": {"name": str},
        "spec": {
            "supportedModelFormats": [{"name": str, "version": str, "autoSelect": bool}],
            "protocolVersions": [str],
            "containers": [
                {"name": "kserve-container", "image": str, "args": [str], "ports": [{"containerPort": int, "protocol": str}]}
            ],
        },
    },
    "kserve/inferenceservice.yaml": {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": str},
        "spec": {
            "predictor": {
                "minReplicas": int,
                "maxReplicas": int,
                "model": {"modelFormat": {"name": str}, "protocolVersion": str, "runtime": str, "storageUri": str},
            }
        },
    },
}


def wrong(found, schema, path=""):
    """The first place that violates the schema, or None."""
    if isinstance(schema, dict):
        if not isinstance(found, dict):
            return f"{path}: {found!r} is no mapping"
        absent = [key for key in schema if key not in found]
        return (
            f"{path}.{absent[0]} is absent"
            if absent
            else next(filter(None, (wrong(found[key], schema[key], f"{path}.{key}") for key in schema)), None)
        )
    if isinstance(schema, list):
        if not isinstance(found, list) or not found:
            return f"{path}: {found!r} is no list with items"
        return next(filter(None, (wrong(item, schema[0], f"{path}[{i}]") for i, item in enumerate(found))), None)
    fits = (
        isinstance(found, schema) and (schema is not int or not isinstance(found, bool))
        if isinstance(schema, type)
        else found == schema
    )
    return None if fits else f"{path}: {found!r} is not {schema!r}"


def options_in(text):
    return set(re.findall(r"--[a-z][a-z_-]*", text))


class Yaml(unittest.TestCase):
    def setUp(self):
        if yaml is None:
            self.skipTest("PyYAML is not installed (python3-yaml)")
        self.files = {name: yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8")) for name in SCHEMAS}

    def test_keys(self):
        for name, schema in SCHEMAS.items():
            self.assertIsNone(wrong(self.files[name], schema, name))

    def test_the_schema_sees_faults(self):
        job = self.files["ray/rayjob.yaml"]
        job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]["replicas"] = "4"
        self.assertRegex(wrong(job, SCHEMAS["ray/rayjob.yaml"]), r"workerGroupSpecs\[0\].replicas: '4'")
        del job["spec"]["entrypoint"]
        self.assertEqual(wrong(job, SCHEMAS["ray/rayjob.yaml"]), ".spec.entrypoint is absent")

    def test_files_fit_each_other(self):
        runtime, service = (
            self.files["kserve/servingruntime.yaml"],
            self.files["kserve/inferenceservice.yaml"]["spec"]["predictor"]["model"],
        )
        self.assertEqual(service["runtime"], runtime["metadata"]["name"])
        formats = [(kind["name"], kind["version"]) for kind in runtime["spec"]["supportedModelFormats"]]
        self.assertIn((service["modelFormat"]["name"], service["modelFormat"]["version"]), formats)
        self.assertIn(service["protocolVersion"], runtime["spec"]["protocolVersions"])
        job = self.files["ray/rayjob.yaml"]["spec"]["rayClusterSpec"]
        for group in (job["headGroupSpec"], *job["workerGroupSpecs"]):
            pod = group["template"]["spec"]
            mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
            self.assertEqual(mounted, {volume["name"] for volume in pod["volumes"]})

    def test_options_exist(self):
        server = (ROOT / "python" / "keraunos" / "kserve.py").read_text(encoding="utf-8")
        service = self.files["kserve/inferenceservice.yaml"]["spec"]["predictor"]["model"]
        given = options_in(" ".join(self.files["kserve/servingruntime.yaml"]["spec"]["containers"][0]["args"] + service["args"]))
        of_kserve = {"--model_name", "--http_port"}  # of kserve.model_server's own parser
        self.assertEqual(given - of_kserve - options_in(server), set())
        script = (EXAMPLES / "ray" / "predict_parquet.py").read_text(encoding="utf-8")
        known = set(re.findall(r'add_argument\("(--[a-z]+)"', script))
        self.assertEqual(options_in(self.files["ray/rayjob.yaml"]["spec"]["entrypoint"]) - known, set())


class Guide(unittest.TestCase):
    def test_python_compiles(self):
        fences = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "clusters.md").read_text(encoding="utf-8"), re.S)
        self.assertGreaterEqual(len(fences), 3)
        for number, code in enumerate([*fences, (EXAMPLES / "ray" / "predict_parquet.py").read_text(encoding="utf-8")]):
            compile(code, f"docs/clusters.md, fence {number}", "exec")


if __name__ == "__main__":
    unittest.main()
