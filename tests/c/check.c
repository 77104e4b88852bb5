#include "check.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "device.h"

static atomic_int failed;
float example_x[EXAMPLE_ROWS * 3], example_y[EXAMPLE_ROWS * 5];

static void fail(const char* file, int line) {
  printf("%s:%d: ", file, line);
  ++failed;
}

void check(int condition, const char* text, const char* file, int line) {
  if (condition) return;
  fail(file, line);
  printf("%s is not so\n", text);
}

void check_ok(keraunos_status status, keraunos_error** error, const char* text, const char* file, int line) {
  if (status == KERAUNOS_OK && *error == NULL) return;
  fail(file, line);
  printf("%s\n  gave %d: %s\n", text, status, keraunos_error_message(*error));
  keraunos_error_free(*error);
  *error = NULL;
}

void check_error(keraunos_status status, keraunos_status expected, const char* words, keraunos_error** error, const char* text,
                 const char* file, int line) {
  const char* message = keraunos_error_message(*error);
  if (status != expected || keraunos_error_kind(*error) != expected || strstr(message, words) == NULL) {
    fail(file, line);
    printf("%s\n  gave %d: %s\n  expected %d: … %s …\n", text, status, message, expected, words);
  }
  keraunos_error_free(*error);
  *error = NULL;
}

void check_text(const char* found, const char* expected, const char* file, int line) {
  if (found != NULL && strcmp(found, expected) == 0) return;
  fail(file, line);
  printf("\"%s\", expected \"%s\"\n", found == NULL ? "(NULL)" : found, expected);
}

void check_close(const keraunos_view* found, const float* expected, size_t count, const char* file, int line) {
  size_t elements = 1;
  for (int32_t axis = 0; axis < found->rank; ++axis) elements *= (size_t)found->dims[axis];
  if (found->dtype != KERAUNOS_FLOAT32 || elements != count) {
    fail(file, line);
    printf("%zu elements of dtype %d, expected %zu of float32\n", elements, found->dtype, count);
    return;
  }
  const float* values = found->data;
  for (size_t i = 0; i < count; ++i) {
    if (fabsf(values[i] - expected[i]) <= 1e-6f + 1e-4f * fabsf(expected[i])) continue;
    fail(file, line);
    printf("element %zu is %.9g, expected %.9g\n", i, (double)values[i], (double)expected[i]);
    return;
  }
}

int failures(void) { return failed; }

keraunos_load_options* options_for_test(void) {
  keraunos_load_options* options = NULL;
  keraunos_error* error = NULL;
  CHECK_OK(keraunos_load_options_create(&options, &error));
  CHECK_OK(keraunos_load_options_set_device(options, device_under_test, 0, &error));
  CHECK_OK(keraunos_load_options_set_precision(options, KERAUNOS_PRECISION_FLOAT32, &error));
  return options;
}

static keraunos_model* loaded(const char* path) {
  keraunos_load_options* options = options_for_test();
  keraunos_model* model = NULL;
  keraunos_error* error = NULL;
  CHECK_OK(keraunos_load(path, options, &model, &error));
  keraunos_load_options_free(options);
  return model;
}

keraunos_model* model_of_case(const char* name) { return loaded(case_path(name, "model.keras")); }
keraunos_model* model_of_example(void) { return loaded(example_path("keras3.keras")); }

const char* case_path(const char* name, const char* file) {
  static _Thread_local char path[1024];
  snprintf(path, sizeof path, "%s/%s/%s", KERAUNOS_CASES, name, file);
  return path;
}

const char* example_path(const char* file) {
  static _Thread_local char path[1024];
  snprintf(path, sizeof path, "%s/doc_example/%s", KERAUNOS_EXAMPLES, file);
  return path;
}

static void read_floats(const char* path, float* to, int count) {
  FILE* file = fopen(path, "r");
  int found = 0;
  while (file != NULL && found < count && fscanf(file, "%f", &to[found]) == 1) ++found;
  CHECK(found == count);
  if (file != NULL) fclose(file);
}

void read_example(void) {
  read_floats(example_path("rows.txt"), example_x, EXAMPLE_ROWS * 3);
  read_floats(example_path("keras3.txt"), example_y, EXAMPLE_ROWS * 5);
}

keraunos_view floats(const char* name, const float* data, int32_t rank, const int64_t* dims) {
  keraunos_view view = {.name = name, .data = data, .dtype = KERAUNOS_FLOAT32, .rank = rank};
  memcpy(view.dims, dims, (size_t)rank * sizeof *dims);
  return view;
}
