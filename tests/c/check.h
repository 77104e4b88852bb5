// Checks for tests of the C interface. A failure is printed and counted; the test continues.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "keraunos.h"

#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_OK(call) check_ok((call), &error, #call, __FILE__, __LINE__)
/// The call must return this status and a message that contains these words. `error` is the caller's variable.
#define CHECK_ERROR(call, status, words) check_error((call), status, words, &error, #call, __FILE__, __LINE__)
#define CHECK_TEXT(found, expected) check_text(found, expected, __FILE__, __LINE__)
#define CHECK_CLOSE(view, expected) check_close(&(view), expected, sizeof(expected) / sizeof(float), __FILE__, __LINE__)

void check(int condition, const char* text, const char* file, int line);
void check_ok(keraunos_status status, keraunos_error** error, const char* text, const char* file, int line);
void check_error(keraunos_status status, keraunos_status expected, const char* words, keraunos_error** error, const char* text,
                 const char* file, int line);
void check_text(const char* found, const char* expected, const char* file, int line);
/// Compares float32 on the CPU within the tolerance of the recorded cases.
void check_close(const keraunos_view* found, const float* expected, size_t count, const char* file, int line);
int failures(void);

/// Options for the device under test in strict float32.
keraunos_load_options* options_for_test(void);
/// Loads the model of a recorded case or of the documentation example; NULL (and a failure) where it does not load.
keraunos_model* model_of_case(const char* name);
keraunos_model* model_of_example(void);
/// "…/tests/cases/<name>/<file>", valid until the next call of this thread.
const char* case_path(const char* name, const char* file);
const char* example_path(const char* file);
/// Ten rows of the documentation example and Keras's results for them.
enum { EXAMPLE_ROWS = 10 };
extern float example_x[EXAMPLE_ROWS * 3], example_y[EXAMPLE_ROWS * 5];
void read_example(void);

keraunos_view floats(const char* name, const float* data, int32_t rank, const int64_t* dims);
