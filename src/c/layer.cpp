#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

keraunos_layer::keraunos_layer(keraunos::Layer found)
    : layer(std::move(found)), name(layer.name()), class_name(layer.class_name()), path(layer.path()), config(layer.config()) {}

using namespace keraunos::c;

namespace {

keraunos_layer* layer_at(const std::vector<keraunos::Layer>& layers, size_t index, const char* what) {
  check_index(index, layers.size(), what);
  return new keraunos_layer(layers[index]);
}

}  // namespace

keraunos_status keraunos_model_layer_count(const keraunos_model* model, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(model, "model").model.layers().size(); });
}

keraunos_status keraunos_model_layer_at(const keraunos_model* model, size_t index, keraunos_layer** layer,
                                        keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_layer*& result = cleared(layer, "layer");
    result = layer_at(given(model, "model").model.layers(), index, "layers");
  });
}

keraunos_status keraunos_model_layer(const keraunos_model* model, const char* path, keraunos_layer** layer,
                                     keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_layer*& result = cleared(layer, "layer");
    const keraunos::Model& asked = given(model, "model").model;
    result = new keraunos_layer(asked.get_layer(std::string_view(&given(path, "path"))));
  });
}

keraunos_status keraunos_layer_name(const keraunos_layer* layer, const char** name, keraunos_error** error) {
  return guarded(error, [&] { given(name, "name") = given(layer, "layer").name.c_str(); });
}

keraunos_status keraunos_layer_class_name(const keraunos_layer* layer, const char** class_name, keraunos_error** error) {
  return guarded(error, [&] { given(class_name, "class_name") = given(layer, "layer").class_name.c_str(); });
}

keraunos_status keraunos_layer_path(const keraunos_layer* layer, const char** path, keraunos_error** error) {
  return guarded(error, [&] { given(path, "path") = given(layer, "layer").path.c_str(); });
}

keraunos_status keraunos_layer_config(const keraunos_layer* layer, const char** json, keraunos_error** error) {
  return guarded(error, [&] { given(json, "json") = given(layer, "layer").config.c_str(); });
}

keraunos_status keraunos_layer_sublayer_count(const keraunos_layer* layer, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(layer, "layer").layer.sublayers().size(); });
}

keraunos_status keraunos_layer_sublayer_at(const keraunos_layer* layer, size_t index, keraunos_layer** sublayer,
                                           keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_layer*& result = cleared(sublayer, "sublayer");
    result = layer_at(given(layer, "layer").layer.sublayers(), index, "sublayers");
  });
}

void keraunos_layer_free(keraunos_layer* layer) { delete layer; }
