#include "loader/layers/common/ids.h"

namespace keraunos::loader {

Value counted_from_end(Builder& b, Value ids, int64_t rows) {
  // `rows` may not fit these types.
  if (b.dtype(ids) == DType::int8 || b.dtype(ids) == DType::int16) ids = b.cast(ids, DType::int32);
  const DType type = b.dtype(ids);
  if (type != DType::int32 && type != DType::int64) return ids;
  const Value zero = b.scalar(0, type);
  const Value shifted =
      // The minimum, because the sum could overflow for positive ids.
      b.add(b.binary(Function::minimum, ids, zero), static_cast<double>(rows));
  const Value counts =
      b.binary(Function::logical_and, b.binary(Function::less, ids, zero), b.binary(Function::greater_equal, shifted, zero));
  return b.select(counts, shifted, ids);
}

}  // namespace keraunos::loader
