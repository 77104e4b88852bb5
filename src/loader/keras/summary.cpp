#include "loader/keras/keras_model.h"

namespace keraunos::loader {

std::string KerasModel::summary(int) const { return {}; }

}  // namespace keraunos::loader
