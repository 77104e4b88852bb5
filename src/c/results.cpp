#include <algorithm>

#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

keraunos_results::keraunos_results(keraunos::Named all) : tensors(std::move(all)), strings(tensors.size()) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const keraunos::Tensor& tensor = tensors[i].second;
    if (tensor.dtype() != keraunos::DType::string) continue;
    const auto texts = tensor.values<std::string_view>();
    strings[i].resize(texts.size());
    keraunos::c::copy_strings(texts, strings[i].data());
  }
}

keraunos_view keraunos_results::view(size_t index) const {
  const auto& [name, tensor] = tensors[index];
  const bool holds_strings = tensor.dtype() == keraunos::DType::string;
  keraunos_view view{.name = name.c_str(),
                     .data = holds_strings ? strings[index].data() : tensor.data(),
                     .dtype = static_cast<keraunos_dtype>(tensor.dtype()),
                     .device = KERAUNOS_CPU,
                     .device_index = 0,
                     .rank = tensor.dims().rank(),
                     .dims = {}};
  std::copy(tensor.dims().begin(), tensor.dims().end(), view.dims);
  return view;
}

using namespace keraunos::c;

keraunos_status keraunos_results_count(const keraunos_results* results, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(results, "results").tensors.size(); });
}

keraunos_status keraunos_results_at(const keraunos_results* results, size_t index, keraunos_view* view, keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos_results& all = given(results, "results");
    check_index(index, all.tensors.size(), "results");
    given(view, "view") = all.view(index);
  });
}

keraunos_status keraunos_results_find(const keraunos_results* results, const char* name, keraunos_view* view,
                                      keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos_results& all = given(results, "results");
    const keraunos::Tensor& found = all.tensors[std::string_view(&given(name, "name"))];  // an error lists the names
    size_t index = 0;
    while (&all.tensors[index].second != &found) ++index;
    given(view, "view") = all.view(index);
  });
}

void keraunos_results_free(keraunos_results* results) { delete results; }
