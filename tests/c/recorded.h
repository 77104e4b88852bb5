// Numbers of recorded cases (tests/cases), written by recorded.py.
#pragma once

#include <stdint.h>

// clang-format off
// ages_dictionaries_k3_12, (3, 3)
static const float dictionaries_b[] = {
    0.0558673441f, -0.959909678f, 0.0744987801f, 0.269115955f, 2.05850172f, 1.52584302f, -0.158192977f, -0.228878155f,
    -0.135756448f,
};
// ages_dictionaries_k3_12, (3, 2)
static const float dictionaries_z[] = {
    -0.944393158f, -0.497844487f, 1.01659429f, 0.232715487f, 0.684133053f, 0.206099674f,
};
// ages_dictionaries_k3_12, (3, 4)
static const float dictionaries_average[] = {
    0.0978103206f, 0.00915306807f, -0.880642116f, 1.17384589f, -1.11127234f, -1.61834908f, 1.00505877f, -2.29558492f,
    0.269656003f, -0.101444781f, -0.154725075f, 0.611782849f,
};
// ages_dictionaries_k3_12, (3, 2)
static const float dictionaries_tall[] = {
    -0.334010005f, 0.256927788f, 0.362609744f, -0.201767772f, 0.372178137f, -0.157260925f,
};
// string_lookup_adapted_k3, (5, 3)
static const char* const words_in[] = {
    "", "a", "red", "zzz", "l\303\251", "a", "red", "zzz", "b", "b", "", "c", "l\303\251", "a", "zzz",
};
// string_lookup_adapted_k3, (5, 3)
static const int64_t words_ids[] = {
    0, 4, 5, 1, 6, 4, 5, 1, 3, 3, 0, 8, 6, 4, 1,
};
// string_lookup_adapted_k3, (5, 2)
static const float words_y[] = {
    -0.723352313f, -0.479768693f, 0.0803103819f, 0.697598636f, -0.53310746f, 0.168318599f, -0.215404063f, -0.210560545f,
    -1.39633083f, -0.148517549f,
};
// string_lookup_inverse_k3, (3, 3)
static const int64_t inverse_in[] = {
    -1, 0, 1, 2, 3, 4, 5, 6, 7,
};
// string_lookup_inverse_k3, (3, 3)
static const char* const inverse_words[] = {
    "[UNK]", "[UNK]", "red", "green", "blue", "stra\303\237e", "[UNK]", "[UNK]", "[UNK]",
};
// stateful_simple_rnn_k3, (3, 4, 2)
static const float recurrent_x0[] = {
    -0.292112559f, -0.931389451f, -0.267839968f, 0.490843087f, -0.368358374f, -0.260111779f, 0.238935992f, -0.124391295f,
    -0.0760804638f, -0.688511789f, 0.413262576f, 0.680853784f, -0.23493886f, -0.377577186f, -0.456474096f, 0.311298132f,
    -0.489209771f, 0.465959787f, -0.428275108f, -0.679764986f, 0.308535516f, -0.273627162f, 0.503046036f, -3.44888926f,
};
// stateful_simple_rnn_k3, (3, 4, 2)
static const float recurrent_x1[] = {
    -0.712547362f, 0.353232205f, 1.45322144f, -0.356983662f, -0.459538519f, -1.174474f, 0.239643127f, 0.271500975f,
    2.46211743f, 0.470315635f, -1.28976476f, 0.442585945f, -0.0303106252f, 0.123731703f, -0.85679096f, 0.785713911f,
    -0.871153831f, -0.169458687f, 0.912533402f, -0.378363281f, -0.753705144f, 0.443392992f, -1.12582874f, -0.879370332f,
};
// stateful_simple_rnn_k3, (3, 2)
static const float recurrent_y0[] = {
    -0.336606324f, 0.266980737f, 0.0417763591f, 0.936493635f, -0.840964794f, -0.747684002f,
};
// stateful_simple_rnn_k3, (3, 2)
static const float recurrent_y1[] = {
    -0.622483492f, -0.450518131f, -0.342843115f, -0.369913399f, -0.442414492f, 0.166434675f,
};
// evaluate_two_outputs_k3, (5, 4)
static const float scored_x[] = {
    -0.287383199f, 1.20136154f, -0.0876294449f, 0.586253345f, 0.44680047f, -0.943975627f, 0.662019432f, 0.283815086f,
    -0.619099438f, -0.392712682f, -0.323559135f, 0.319957107f, -0.297118127f, -0.832255363f, -0.0513594002f, -2.35582852f,
    1.32046998f, 0.45422259f, -0.53934586f, -0.346207112f,
};
// evaluate_two_outputs_k3, (5, 3)
static const float scored_a[] = {
    0.0f, 1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 1.0f, 1.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f,
};
// evaluate_two_outputs_k3, (5, 1)
static const float scored_b[] = {
    0.0f, 1.0f, 0.0f, 0.0f, 0.0f,
};
// evaluate_two_outputs_k3, (5,)
static const float scored_weight_a[] = {
    1.95781517f, 0.53731972f, 1.54878616f, 0.442713559f, 1.53628898f,
};
// evaluate_two_outputs_k3, (5,)
static const float scored_weight_b[] = {
    0.67326206f, 1.1011107f, 0.354680091f, 1.97039092f, 0.740098298f,
};
// evaluate_two_outputs_k3
static const char* const scored_names[] = {
    "loss", "a_loss", "b_loss", "a_accuracy", "a_mae", "a_mse", "b_accuracy", "b_mae",
};
static const float scored_values[] = {
    2.66183901f, 1.38379097f, 1.0368619f, 0.200000003f, 0.472040892f, 0.249906853f, 0.400000006f, 0.631635845f,
};
// clang-format on
