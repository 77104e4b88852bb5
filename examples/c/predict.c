// Loads a model that Keras saved, predicts ten rows and prints them next to Keras's own results.
//   cc -std=c11 predict.c $(pkg-config --cflags --libs keraunos) -o predict && ./predict FOLDER      (a static library: --static)
#include <keraunos.h>
#include <math.h>
#include <stdio.h>

enum { ROWS = 10, FEATURES = 3, CLASSES = 5 };

static int read_numbers(const char* folder, const char* name, float* numbers, int count) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE* file = fopen(path, "r");
  int found = 0;
  while (file != NULL && found < count && fscanf(file, "%f", &numbers[found]) == 1) ++found;
  if (file != NULL) fclose(file);
  if (found < count) fprintf(stderr, "%s does not hold %d numbers\n", path, count);
  return found == count;
}

static int report(keraunos_error* error) {
  fprintf(stderr, "predict: %s\n", keraunos_error_message(error));
  keraunos_error_free(error);
  return 0;
}

// Writes the probabilities into the caller's array.
static int predict(const char* path, const float* rows, float* probabilities) {
  keraunos_error* error = NULL;
  keraunos_model* model = NULL;
  if (keraunos_load(path, NULL, &model, &error) != KERAUNOS_OK) return report(error);
  const keraunos_view x = {.data = rows, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {ROWS, FEATURES}};
  const keraunos_buffer y = {.data = probabilities, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {ROWS, CLASSES}};
  const keraunos_status status = keraunos_predict_into(model, &x, 1, NULL, &y, 1, &error);
  keraunos_model_free(model);
  return status == KERAUNOS_OK ? 1 : report(error);
}

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : "examples/doc_example";
  float rows[ROWS * FEATURES], recorded[ROWS * CLASSES], predicted[ROWS * CLASSES], largest = 0;
  char model[1024];
  snprintf(model, sizeof model, "%s/keras3.keras", folder);
  if (!read_numbers(folder, "rows.txt", rows, ROWS * FEATURES) || !read_numbers(folder, "keras3.txt", recorded, ROWS * CLASSES))
    return 1;
  if (!predict(model, rows, predicted)) return 1;
  for (int row = 0; row < ROWS; ++row) {
    printf("row %d  predicted", row);
    for (int i = row * CLASSES; i < (row + 1) * CLASSES; ++i) printf(" %.6f", (double)predicted[i]);
    printf("   Keras");
    for (int i = row * CLASSES; i < (row + 1) * CLASSES; ++i) printf(" %.6f", (double)recorded[i]);
    printf("\n");
    for (int i = row * CLASSES; i < (row + 1) * CLASSES; ++i) largest = fmaxf(largest, fabsf(predicted[i] - recorded[i]));
  }
  printf("largest difference %.1e (Keraunos %s)\n", (double)largest, keraunos_version());
  return largest < 1e-6f ? 0 : 1;
}
