#!/usr/bin/env bash
# Mistakes on the command line: for each the program prints one sentence on stderr with given words, and exits with the code documented in
# README.md.
set -uo pipefail
program=$1 cases=$2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
model=$cases/doc_example_k3/model.keras inputs=$cases/doc_example_k3/inputs.npz
json=$cases/doc_example_k3_json/model.json other=$cases/topology_several_k2_json/weights.h5
failed=0
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n' >"$here/pointer.keras"
# An array (1, 7) of float32 zeros, as numpy.save writes it.
{
  printf '\x93NUMPY\x01\x00\x76\x00'
  printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 7), }"
  head -c 28 /dev/zero
} >"$here/wide.npy"

# code, texts that the sentence must contain (separated by |), arguments
mistake() {
  local code=$1 words=$2 message found
  shift 2
  message=$("$program" "$@" 2>&1 >/dev/null)
  found=$?
  if [ $found != "$code" ] || [ "$(wc -l <<<"$message")" != 1 ] || [[ $message != keraunos:* ]]; then
    echo "keraunos $* gives $found, expected $code and one sentence: $message"
    failed=1
  fi
  local word
  while IFS= read -r -d '|' word; do
    [[ $message == *"$word"* ]] || { echo "keraunos $* does not say \"$word\": $message"; failed=1; }
  done <<<"$words|"
}

mistake 2 'a command is missing|predict, evaluate, summary|--help'
mistake 2 'no command "predic"|predict, evaluate, summary' predic "$model"
mistake 2 'MODEL|keraunos predict --help' predict
mistake 2 '--fast|keraunos predict --help' predict "$model" "$inputs" "$here/y.npz" --fast
mistake 2 '--threads|many|--help' predict "$model" "$inputs" "$here/y.npz" --threads many
mistake 2 'threads|-3' predict "$model" "$inputs" "$here/y.npz" --threads -3
mistake 2 '"gpu"|cuda:N' predict "$model" "$inputs" "$here/y.npz" --device gpu
mistake 3 'cuda:7' predict "$model" "$inputs" "$here/y.npz" --device cuda:7
mistake 2 '"nobody"|"dense"' predict "$model" "$inputs" "$here/y.npz" --layer nobody
mistake 2 "no folder '$here/none'|make it" predict "$model" "$inputs" "$here/none/y.npz"
mistake 2 "'$here'|is a folder" predict "$model" "$inputs" "$here"
mistake 2 'is a folder' weights "$model" dense/kernel "$here"
mistake 1 'is a Keras model|numpy.savez' predict "$model" "$model" "$here/y.npz"
mistake 1 'inputs.npz|"input_layer"|it has "x"|name the arrays' predict "$model" "$cases/lstm_k3/inputs.npz" "$here/y.npz"
mistake 1 'no file or folder' predict "$here/gone.keras" "$inputs" "$here/y.npz"
mistake 1 '--weights' predict "$json" "$inputs" "$here/y.npz"
mistake 1 'weights.h5|model.json|the same model' predict "$json" "$inputs" "$here/y.npz" --weights "$other"
mistake 1 '"input_layer"|(None, 3)|found' predict "$model" "$here/wide.npy" "$here/y.npz"
mistake 1 'git lfs pull' predict "$here/pointer.keras" "$inputs" "$here/y.npz"
mistake 1 'git lfs pull' predict "$json" "$inputs" "$here/y.npz" --weights "$here/pointer.keras"
mistake 2 'ends with .keras' convert "$model" "$here/model.h5"
mistake 2 '--quantize expects int8 or int4, found "int3"' convert "$model" "$here/model.keras" --quantize int3
mistake 2 'has no layer that is quantised' convert "$cases/mha_k3/model.keras" "$here/model.keras" --quantize int8
mistake 1 'LocallyConnected1D|Keras 3 does not have' convert "$cases/locally_connected1d_k2/model.keras" "$here/model.keras"
mistake 1 'git lfs pull' predict "$model" "$here/pointer.keras" "$here/y.npz"
mistake 1 '3 classes are not supported|block_1 to block_4|Shop>Wander (a, b and 12 more)' inspect "$cases/refuse_many_k3/model.keras"
mistake 1 'safe_mode' inspect "$cases/refuse_lambda_k3/model.keras"
mistake 2 '--replace|NAME=EXPRESSION|"nothing"' inspect "$model" --replace nothing
mistake 2 'dense=f(x)|calls f' inspect "$model" --replace 'dense=f(x)'
mistake 2 'character 4' inspect "$model" --replace 'dense=x +'
mistake 2 'no recipe "keras"|keras_io/captcha_ocr' inspect "$model" --recipe keras
mistake 1 'TransformerBlock|--recipe keras_io' inspect "$cases/recipe_text_k3/model.keras"
"$program" inspect "$cases/recipe_text_k3/model.keras" --recipe keras_io >/dev/null || { echo "--recipe keras_io takes no copied class"; failed=1; }
"$program" inspect "$cases/lambda_tensorflow_k3/model.keras" --safe-mode false >/dev/null || { echo "--safe-mode false translates no Lambda"; failed=1; }
"$program" evaluate "$cases/evaluate_weighted_losses_k3/model.keras" --inputs "$cases/evaluate_weighted_losses_k3/inputs.npz" \
  --targets "$cases/evaluate_weighted_losses_k3/y.npz" --sample-weight "$cases/evaluate_weighted_losses_k3/sample_weight.npz" | grep -q '^loss: ' ||
  { echo "evaluate writes no loss"; failed=1; }
mistake 1 'compiled model|--no-compile' evaluate "$model" --inputs "$inputs" --targets "$cases/doc_example_k3/outputs.npz"
mistake 2 '--batch-size|-5|--help' predict "$model" "$inputs" "$here/y.npz" --batch-size -5
mistake 2 '--batch|--help' bench "$model" --batch 0
head -c 3000 "$model" >"$here/cut.keras"
mistake 1 'cut.keras|cut short' predict "$here/cut.keras" "$inputs" "$here/y.npz"
hdf5=$cases/doc_example_k2_h5/model.h5
mistake 2 '"fast"|strict or library' summary "$hdf5" --hdf5 fast
mistake 1 'model.h5|5000|--max-bytes' summary "$hdf5" --max-bytes 5000
mistake 2 "--scratch|'$here/none'|No such file" summary "$model" --scratch "$here/none"
for reader in strict library; do "$program" summary "$hdf5" --hdf5 $reader >/dev/null || { echo "--hdf5 $reader cannot read $hdf5"; failed=1; }; done
[ "$("$program" predict "$model" --json 2>/dev/null | head -c 10)" = '{"error": ' ] || [ "$("$program" predict "$model" --json 2>/dev/null | head -c 9)" = '{"error":' ] ||
  { echo "wrong usage with --json writes no object"; failed=1; }
"$program" summary "$model" --no-compile >/dev/null || failed=1
# A model that cannot run, or has no weights, has a summary too.
"$program" summary "$json" | grep -q 'Total params' || { echo "an architecture without weights has no summary"; failed=1; }
"$program" summary "$cases/refuse_many_k3/model.keras" | grep -q 'Not supported' || { echo "a model that cannot run has no summary"; failed=1; }
"$program" weights "$cases/refuse_many_k3/model.keras" 2>"$here/note" >"$here/list" && grep -q '^layers/.*/vars/0 (' "$here/list" && grep -q 'cannot run' "$here/note" ||
  { echo "the weights of a model that cannot run are not listed"; failed=1; }
"$program" weights "$cases/refuse_many_k3/model.keras" "$(head -1 "$here/list" | cut -d' ' -f1)" "$here/one.npy" && [ -s "$here/one.npy" ] ||
  { echo "a weight of a model that cannot run is not written"; failed=1; }
mistake 2 'holds no weight "nobody"' weights "$cases/refuse_many_k3/model.keras" nobody "$here/one.npy"
{ "$program" inspect "$cases/refuse_many_k3/model.keras" --json 2>/dev/null || true; } | grep -q '"layer": \?"block_3"' || { echo "--json does not list what cannot run"; failed=1; }
# A plan as text and as JSON.
"$program" inspect "$model" --plan --device cpu | grep -q '^ *0  .* \[.*\]  input 0' || { echo "inspect --plan lists no steps"; failed=1; }
"$program" inspect "$model" --plan --device cpu --json | python3 -c 'import json, sys; plan = json.load(sys.stdin)["plan"]; assert plan["steps"][0]["operands"][0]["place"] == "input" and plan["flops"] > 0' ||
  { echo "inspect --plan --json is not as README.md has it"; failed=1; }
# Keys of dictionaries name arrays; results come in the order of Keras's predict.
"$program" predict "$cases/topology_keys_apart_k3/model.keras" "$cases/topology_keys_apart_k3/inputs.npz" "$here/keys.npz" 2>&1 | cut -d' ' -f1 | paste -sd' ' |
  grep -qx 'z_first a_second' || { echo "keys are not written as Keras gives them"; failed=1; }
# Tools for finding problems: times, traces, pages, and comparisons of models.
"$program" profile "$model" --device cpu --runs 2 | grep -q '^ .* %.* dense$' || { echo "profile lists no layer"; failed=1; }
# Progress where it is asked for, and a trace of the rows that are computed together.
"$program" predict "$model" "$inputs" "$here/y.npz" --device cpu 2>&1 | grep -q 'rows/s' && { echo "a bar goes into a pipe"; failed=1; }
shown=$("$program" predict "$model" "$inputs" "$here/y.npz" --device cpu --progress --trace "$here/t.json" 2>&1)
grep -q '^\[#*\] \([0-9]*\)/\1 rows, ' <<<"$shown" || { echo "--progress shows nothing"; failed=1; }
python3 - "$here/t.json" <<'CHECK' || { echo "--trace writes no trace"; failed=1; }
import json, sys
events = [event for event in json.load(open(sys.argv[1]))["traceEvents"] if event["ph"] == "X"]
assert any(event["args"]["layer"] == "dense" for event in events) and all(event["dur"] >= 0 for event in events)
CHECK
mistake 2 "no folder '$here/none'" predict "$model" "$inputs" "$here/y.npz" --trace "$here/none/t.json"
mistake 2 '--nvtx|GPU|--device cuda' profile "$model" --device cpu --nvtx
mistake 2 '--runs|--help' profile "$model" --runs 0
mistake 2 "no folder '$here/none'" profile "$model" --trace "$here/none/t.json"
mistake 2 '--measure|--html' inspect "$model" --measure
mistake 2 '--inputs|--html' inspect "$model" --plan --inputs "$inputs"
"$program" inspect "$model" --html "$here/page.html" --inputs "$inputs" 2>/dev/null || { echo "inspect --html takes no --inputs"; failed=1; }
mistake 2 "no folder '$here/none'" inspect "$model" --html "$here/none/page.html"
"$(dirname "$0")/pages.py" "$program" "$cases" "$here" || { echo "pages and traces are not as they should be"; failed=1; }
nested=$cases/topology_nested_k3/model.keras nested_h5=$cases/topology_nested_k3_h5/model.h5 nested_inputs=$cases/topology_nested_k3/inputs.npz
"$program" diff "$nested" "$nested_h5" "$nested_inputs" --device cpu | grep -q '^all 5 outputs of 5 layers agree' || { echo "the same model in two formats differs"; failed=1; }
"$(dirname "$0")/change_weight.py" "$program" "$nested_h5" inner/inner_dense/kernel "$here/changed.h5" || failed=1
differs=$("$program" diff "$nested" "$here/changed.h5" "$nested_inputs" --device cpu)
[ $? = 1 ] && grep -q '^the first layer that differs: inner/inner_dense (Dense)' <<<"$differs" && grep -q 'same .* first ' <<<"$differs" ||
  { echo "diff does not name the layer whose weight was changed: $differs"; failed=1; }
"$program" diff "$nested" "$here/changed.h5" "$nested_inputs" --device cpu --atol 100 >/dev/null || { echo "--atol is not used"; failed=1; }
"$program" diff "$nested" "$here/changed.h5" "$nested_inputs" --device cpu --json >"$here/diff.json"
python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["differs"] is True' "$here/diff.json" ||
  { echo "diff --json does not say that models differ"; failed=1; }
mistake 2 'OTHER|--help' diff "$model"
mistake 2 '--rtol|--help' diff "$model" "$model" "$inputs" --rtol -1
mistake 1 'inputs.npz|"x"' diff "$nested" "$nested" "$inputs"
exit $failed
