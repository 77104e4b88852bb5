"""Functions of one, two and three tensors that compute each element by itself, in both Kerases."""

from generate.oracle import KERAS

from random_models.named import (
    above_one,
    any_number,
    axis_of,
    binary,
    bounded,
    condition,
    function,
    inside_one,
    number,
    other,
    positive,
    root,
    unary,
    whole,
)

ANY = {
    3: """abs absolute negative sign signbit square ceil floor trunc fabs conj conjugate real imag angle isfinite isinf isnan
    isneginf isposinf isreal logical_not copy stop_gradient convert_to_tensor array zeros_like ones_like arctan arcsinh sin cos
    tanh sigmoid relu relu6 silu swish selu softplus softsign log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh erf erfc
    sinc cbrt deg2rad rad2deg sparse_plus sparse_sigmoid tanh_shrink""",
    2: """abs negative sign square math.ceil floor math.rint round math.conj math.real math.is_finite
    math.is_inf math.is_nan logical_not identity stop_gradient convert_to_tensor zeros_like ones_like atan asinh sin cos tanh
    sigmoid nn.relu nn.relu6 nn.silu nn.selu math.softplus nn.softsign math.log_sigmoid math.erf math.erfc
    math.bessel_i0e math.bessel_i1e math.reciprocal_no_nan""",
}[KERAS]
BOUNDED = {3: "cosh sinh exp exp2 expm1 i0", 2: "cosh sinh exp math.expm1 math.bessel_i0 math.bessel_i1"}[KERAS]
POSITIVE = {
    3: "sqrt rsqrt log log10 log1p log2 reciprocal",
    2: "sqrt math.rsqrt math.log math.log1p math.reciprocal math.lgamma math.digamma",
}[KERAS]
INSIDE = {3: "arccos arcsin arctanh erfinv tan", 2: "acos asin atanh math.erfinv tan"}[KERAS]
BETWEEN = {
    3: """add subtract multiply arctan2 maximum minimum fmax fmin hypot heaviside logaddexp logaddexp2 equal not_equal less
    less_equal greater greater_equal nextafter divide_no_nan""",
    2: """add subtract multiply atan2 maximum minimum math.squared_difference equal not_equal less less_equal greater
    greater_equal math.nextafter math.divide_no_nan math.multiply_no_nan""",
}[KERAS]
DIVIDED = {
    3: "divide true_divide floor_divide mod fmod",
    2: "divide truediv math.floordiv math.floormod",
}[KERAS]
LOGIC = "logical_and logical_or " + ("logical_xor" if KERAS == 3 else "math.logical_xor")
BITS = {
    3: "bitwise_and bitwise_or bitwise_xor gcd lcm",
    2: "bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor",
}[KERAS]
SHIFTS = {
    3: "bitwise_left_shift bitwise_right_shift left_shift right_shift",
    2: "bitwise.left_shift bitwise.right_shift",
}[KERAS]


def few(x):
    return abs(whole(x, 3.0))


TABLE = {
    **unary(ANY),
    **unary(BOUNDED, bounded),
    **unary(POSITIVE, positive),
    **unary(INSIDE, inside_one),
    **unary("arccosh" if KERAS == 3 else "acosh", above_one),
    **binary(BETWEEN),
    **binary(DIVIDED, any_number, lambda x: abs(x) + 0.4),
    **binary("power" if KERAS == 3 else "pow", positive, bounded),
    **binary(LOGIC, condition, condition),
    **binary(BITS, whole, whole),
    **binary(SHIFTS, whole, few),
}


def chosen(c, x):
    return number(x, root.where(condition(x), other(c, x), x * c.choice((0.1, -1.0))))


TABLE["where"] = chosen

if KERAS == 3:
    TABLE |= unary("bitwise_invert bitwise_not", whole)
    TABLE |= unary("elu celu", alpha=(0.5, 1.7)) | unary("gelu", approximate=(True, False))
    TABLE |= unary("leaky_relu", negative_slope=(0.0, 0.3, 1.2)) | unary("squareplus", b=(1, 9))
    TABLE |= unary("hard_shrink soft_shrink", threshold=(0.1, 1.0)) | unary("round", decimals=(0, 1, 2))
    TABLE |= unary("nan_to_num", lambda x: root.log(x), nan=(0.0, -3.0), posinf=(5.0,), neginf=(-7.0,))
    TABLE |= binary("isclose", rtol=(1e-5, 0.5), atol=(1e-8, 0.3), equal_nan=(True, False))
    TABLE["ldexp"] = lambda c, x: function("ldexp")(x, whole(root.cos(x)))
    TABLE["full_like"] = lambda c, x: function("full_like")(x, c.choice((0.5, -2.0)))
    TABLE["threshold"] = lambda c, x: function("threshold")(x, c.choice((0.0, 0.5)), c.choice((0.0, -2.0)))
    TABLE["clip"] = lambda c, x: function("clip")(x, c.choice((-1.0, 0.0)), c.choice((0.3, 1.0)))
    TABLE["select"] = lambda c, x: function("select")(
        [x > 0.9, x < -0.4], [x * 2.0, other(c, x)], default=c.choice((0.0, 3.0))
    )
    TABLE["cast"] = lambda c, x: number(
        x, function("cast")(3.0 * bounded(x), c.choice(("int32", "int8", "bool", "float64", "int64")))
    )
    TABLE["saturate_cast"] = lambda c, x: number(
        x, function("saturate_cast")(200.0 * x, c.choice(("uint8", "int8", "int32")))
    )
    TABLE["view"] = lambda c, x: number(x, function("view")(root.cast(whole(x), "int32"), c.choice(("int32", "float32"))))
    TABLE["isin"] = lambda c, x: number(x, function("isin")(whole(x), [1, 2, 5], invert=c.maybe()))
    TABLE["unravel_index"] = lambda c, x: number(x, function("unravel_index")(few(x), (2, 3))[c.randrange(2)])
    for name in ("softmax", "log_softmax"):
        TABLE |= {name: lambda c, x, f=name: function(f)(x, axis=axis_of(c, x))}
else:
    TABLE |= unary("bitwise.invert", whole)
    TABLE |= unary("nn.elu") | unary("nn.gelu", approximate=(True, False)) | unary("nn.leaky_relu", alpha=(0.0, 0.3))
    TABLE |= binary("math.xdivy math.xlogy math.xlog1py", any_number, positive)
    TABLE["clip_by_value"] = lambda c, x: function("clip_by_value")(x, c.choice((-1.0, 0.0)), c.choice((0.3, 1.0)))
    TABLE["cast"] = lambda c, x: number(
        x, function("cast")(3.0 * bounded(x), c.choice(("int32", "int8", "bool", "float64", "int64")))
    )
    TABLE["saturate_cast"] = lambda c, x: number(
        x, function("saturate_cast")(200.0 * x, c.choice(("uint8", "int8", "int32")))
    )
    TABLE["bitcast"] = lambda c, x: number(x, function("bitcast")(whole(x), "int32"))
    TABLE["math.add_n"] = lambda c, x: function("math.add_n")([x, root.tanh(x), x * 0.5])
    TABLE["nn.bias_add"] = lambda c, x: function("nn.bias_add")(x, [0.1 * i for i in range(x.shape[-1])])
    for name in ("nn.softmax", "nn.log_softmax"):
        TABLE |= {name: lambda c, x, f=name: function(f)(x, axis=axis_of(c, x))}
