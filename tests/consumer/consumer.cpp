#include <keraunos/keraunos.h>

#include <cstdio>

int main(int, char** argv) {
  try {
    const keraunos::Model model = keraunos::load_model(argv[1], {.device = keraunos::Device{}});
    const float x[] = {1, 2, 3};
    const keraunos::Tensor y = model.predict({x, {1, 3}});
    return y.dims() == keraunos::Dims{1, 5} ? 0 : 1;
  } catch (const keraunos::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
