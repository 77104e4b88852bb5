// Tasks of KerasHub: a backbone in the config and a head. Preprocessors of texts and images are ignored.
#include <cmath>

#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_tasks_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

// The backbone's own config.
Config backbone_config(const Config& task) { return task.object("backbone").object("config"); }

FormTensor head(FunctionalForm& f, const Config& task, const char* name, FormTensor x, double dropout, const char* dropout_name) {
  x = f.add("Dropout", dropout_name, {{"rate", value_of(task, "dropout", dropout)}}, std::move(x));
  return f.add("Dense", name, {{"units", value_of(task, "num_classes")}, {"activation", value_of(task, "activation")}},
               std::move(x));
}

Json bert_classifier(const Config& task) {
  FunctionalForm f(task);
  Json inputs;
  const FormTensor pooled = f.inner(value_of(task, "backbone"), inputs);  // the first output by name
  return f.config(inputs, head(f, task, "logits", pooled, 0.1, "classifier_dropout"));
}

// The first step, a hidden layer, the classes.
Json first_step_classifier(const Config& task, const char* activation) {
  FunctionalForm f(task);
  Json inputs;
  const FormTensor x = f.step("get_item", f.inner(value_of(task, "backbone"), inputs), 0);
  const Json own = value_of(task, "hidden_dim");
  const Json width = own.is_null() ? value_of(backbone_config(task), "hidden_dim") : own;
  const FormTensor hidden = f.add("Dense", "pooled_dense", {{"units", width}, {"activation", activation}}, x);
  return f.config(inputs, head(f, task, "logits", hidden, 0, "output_dropout"));
}

// The backbone's token table, or the one inside its TokenAndPositionEmbedding.
Json token_table(const FunctionalForm& f, const Config& task) {
  const Json own = f.layer_of_inner("token_embedding");
  return own.is_null() ? shared_layer(task, hub_token_embedding(backbone_config(task))) : own;
}

Json masked_lm(const Config& task, int64_t output, const char* activation = "gelu") {
  FunctionalForm f(task);
  Json inputs;
  const FormTensor hidden = FunctionalForm::result(f.inner(value_of(task, "backbone"), inputs), output);
  const FormTensor positions = f.input("mask_positions", {-1}, "int32");
  const Config backbone = backbone_config(task);
  const FormTensor logits = f.add("keras_hub>MaskedLMHead", "mlm_head",
                                  {{"vocabulary_size", value_of(backbone, "vocabulary_size")},
                                   {"token_embedding", token_table(f, task)},
                                   {"intermediate_activation", activation}},
                                  hidden, {{"mask_positions", positions}});
  return f.config(inputs.set("mask_positions", positions), logits);
}

// Logits computed with the token table.
Json causal_lm(const Config& task) {
  FunctionalForm f(task);
  Json inputs;
  const FormTensor hidden = f.inner(value_of(task, "backbone"), inputs);
  return f.config(inputs, f.add(token_table(f, task), hidden, {{"reverse", true}}));
}

// With a tied table the decoder's result is first divided by the square root of its width.
Json t5_lm(const Config& task) {
  FunctionalForm f(task);
  Json inputs;
  FormTensor hidden = f.inner(value_of(task, "backbone"), inputs);
  const Config backbone = backbone_config(task);
  const double width = static_cast<double>(backbone.integer("hidden_dim", Range{1}));
  if (backbone.flag("tie_embedding_weights", true)) hidden = f.operation("Multiply", "multiply", {hidden, 1 / std::sqrt(width)});
  return f.config(inputs, f.add(token_table(f, task), hidden, {{"reverse", true}}));
}

Json image_classifier(const Config& task) {
  const std::string pooling = task.text("pooling", "avg", {"avg", "max"});
  FunctionalForm f(task);
  Json inputs;
  const FormTensor x = f.inner(value_of(task, "backbone"), inputs);
  const FormTensor pooled = f.add(pooling == "avg" ? "GlobalAveragePooling2D" : "GlobalMaxPooling2D", "pooler", {}, x);
  return f.config(inputs, head(f, task, "predictions", pooled, 0, "output_dropout"));
}

Json mobilenet_classifier(const Config& task) {
  FunctionalForm f(task);
  Json inputs;
  FormTensor x = f.add("GlobalAveragePooling2D", "pooler", {{"keepdims", true}}, f.inner(value_of(task, "backbone"), inputs));
  x = f.add("Conv2D", "classifier_conv",
            {{"filters", value_of(task, "num_features", 1024)},
             {"kernel_size", json_list({1, 1})},
             {"padding", "valid"},
             {"activation", "hard_silu"}},
            x);
  x = f.add("Flatten", "flatten", {}, x);
  return f.config(inputs, f.add("Dense", "predictions", {{"units", value_of(task, "num_classes")}}, x));
}

// The class token, or the mean of all steps; with a hidden layer if intermediate_dim is set.
Json vit_classifier(const Config& task) {
  const std::string pooling = task.text("pooling", "token", {"token", "gap"});
  FunctionalForm f(task);
  Json inputs;
  FormTensor x = f.inner(value_of(task, "backbone"), inputs);
  x = pooling == "token" ? f.step("get_item", x, 0)
                         : f.operation("Mean", "mean", {x}, {}, {{"axis", json_list({1})}, {"keepdims", false}});
  if (task.has("intermediate_dim"))
    x = f.add("Dense", "pre_logits", {{"units", value_of(task, "intermediate_dim")}, {"activation", "tanh"}}, x);
  return f.config(inputs, head(f, task, "predictions", x, 0, "output_dropout"));
}

// KerasHub has no dropout here.
Json deit_classifier(const Config& task) {
  const std::string pooling = task.text("pooling", "token", {"token", "gap"});
  FunctionalForm f(task);
  Json inputs;
  FormTensor x = f.inner(value_of(task, "backbone"), inputs);
  x = pooling == "token" ? f.step("get_item", x, 0)
                         : f.operation("Mean", "mean", {x}, {}, {{"axis", json_list({1})}, {"keepdims", false}});
  return f.config(inputs, f.add("Dense", "predictions",
                                {{"units", value_of(task, "num_classes")}, {"activation", value_of(task, "activation")}}, x));
}

std::set<std::string> task_keys(std::initializer_list<std::string> more) {
  std::set<std::string> keys{"backbone", "preprocessor"};
  keys.insert(more);
  return keys;
}

}  // namespace

std::vector<LayerDef> hub_tasks_layers() {
  const std::set<std::string> classifier = task_keys({"num_classes", "activation", "dropout", "hidden_dim"});
  const std::set<std::string> image_keys = task_keys({"num_classes", "activation", "dropout", "pooling"});
  const std::set<std::string> vit_keys = task_keys({"num_classes", "activation", "dropout", "pooling", "intermediate_dim"});
  const auto relu = [](const Config& task) { return first_step_classifier(task, "relu"); };
  const auto tanh = [](const Config& task) { return first_step_classifier(task, "tanh"); };
  const auto gelu = [](const Config& task) { return first_step_classifier(task, "gelu"); };
  const auto masked = [](const Config& task) { return masked_lm(task, 0); };
  return {hub_model({"BertTextClassifier", "BertClassifier", "AlbertTextClassifier", "AlbertClassifier", "FNetTextClassifier",
                     "FNetClassifier"},
                    task_keys({"num_classes", "activation", "dropout"}), bert_classifier),
          hub_model({"DistilBertTextClassifier", "DistilBertClassifier"}, classifier, relu),
          hub_model({"RobertaTextClassifier", "RobertaClassifier", "XLMRobertaTextClassifier", "XLMRobertaClassifier"},
                    classifier, tanh),
          hub_model({"DebertaV3TextClassifier", "DebertaV3Classifier"}, classifier, gelu),
          hub_model({"AlbertMaskedLM"}, task_keys({}),
                    [](const Config& task) { return masked_lm(task, 1, "keras_hub>gelu_approximate"); }),
          hub_model({"BertMaskedLM", "FNetMaskedLM"}, task_keys({}), [](const Config& task) { return masked_lm(task, 1); }),
          hub_model({"DistilBertMaskedLM", "RobertaMaskedLM", "XLMRobertaMaskedLM", "DebertaV3MaskedLM"}, task_keys({}), masked),
          hub_model({"GPT2CausalLM", "LlamaCausalLM", "Llama3CausalLM", "MistralCausalLM", "QwenCausalLM", "Phi3CausalLM",
                     "GemmaCausalLM", "OPTCausalLM", "BloomCausalLM", "GPTNeoXCausalLM", "BartSeq2SeqLM", "Gemma3CausalLM",
                     "Qwen3CausalLM", "QwenMoeCausalLM", "Qwen3MoeCausalLM", "SmolLM3CausalLM", "SmolLMCausalLM",
                     "FalconCausalLM", "MixtralCausalLM"},
                    task_keys({}), causal_lm),
          hub_model({"T5Seq2SeqLM"}, task_keys({}), t5_lm),
          hub_model({"ImageClassifier", "ResNetImageClassifier", "DenseNetImageClassifier", "XceptionImageClassifier",
                     "EfficientNetImageClassifier", "MiTImageClassifier", "CSPNetImageClassifier"},
                    image_keys, image_classifier),
          hub_model({"MobileNetImageClassifier"}, task_keys({"num_classes", "num_features"}), mobilenet_classifier),
          hub_model({"DeiTImageClassifier"}, image_keys, deit_classifier),
          hub_model({"ViTImageClassifier"}, vit_keys, vit_classifier)};
}

}  // namespace keraunos::loader
