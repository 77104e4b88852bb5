// Tests of the C interface (include/keraunos.h) in C11, on the device of device.h.  c_interface [NAME]
#include <stdio.h>
#include <string.h>

#include "check.h"

void test_version(void);
void test_errors(void);
void test_load(void);
void test_load_options(void);
void test_model(void);
void test_plan(void);
void test_predict(void);
void test_predict_names(void);
void test_predict_options(void);
void test_strings(void);
void test_refusals(void);
void test_nulls(void);
void test_session(void);
void test_states(void);
void test_streams(void);
void test_weights(void);
void test_layers(void);
void test_other_weights(void);
void test_evaluate(void);
void test_lifetimes(void);
void test_threads(void);

static const struct {
  const char* name;
  void (*run)(void);
} tests[] = {{"version", test_version},
             {"errors", test_errors},
             {"load", test_load},
             {"load_options", test_load_options},
             {"model", test_model},
             {"plan", test_plan},
             {"predict", test_predict},
             {"predict_names", test_predict_names},
             {"predict_options", test_predict_options},
             {"strings", test_strings},
             {"refusals", test_refusals},
             {"nulls", test_nulls},
             {"session", test_session},
             {"states", test_states},
             {"streams", test_streams},
             {"weights", test_weights},
             {"layers", test_layers},
             {"other_weights", test_other_weights},
             {"evaluate", test_evaluate},
             {"lifetimes", test_lifetimes},
             {"threads", test_threads}};

int main(int argc, char** argv) {
  int ran = 0;
  read_example();
  for (size_t i = 0; i < sizeof tests / sizeof *tests; ++i) {
    if (argc > 1 && strcmp(argv[1], tests[i].name) != 0) continue;
    const int before = failures();
    tests[i].run();
    printf("%s %s\n", failures() == before ? "passed" : "FAILED", tests[i].name);
    ++ran;
  }
  if (ran == 0) printf("there is no test of this name\n");
  return ran > 0 && failures() == 0 ? 0 : 1;
}
