"""Factorisations, systems of equations, determinants. Outputs do not depend on the signs of vectors."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.oracle import tf

ops = getattr(keras, "ops", None)


def turned(x):
    return tf.linalg.matrix_transpose(x) if KERAS == 2 else ops.swapaxes(x, -1, -2)


def product(*factors):
    result = factors[0]
    for factor in factors[1:]:
        result = tf.linalg.matmul(result, factor) if KERAS == 2 else ops.matmul(result, factor)
    return result


def size_of(x):
    return tf.abs(x) if KERAS == 2 else ops.abs(x)


def definite(x, dtype):
    """Positive definite, with different eigenvalues."""
    return product(x, turned(x)) + np.diag([1, 2, 4]).astype(dtype)


def scaled(vectors, values):
    """Columns multiplied by numbers."""
    return vectors * (tf if KERAS == 2 else ops).expand_dims(values, -2)


def of_singular(values, left, right):
    return [values, size_of(left), size_of(right), product(scaled(left[:, :, :3], values), right[:, :3, :])]


def factors_keras(x, tall, wide, dtype):
    spd = definite(x, dtype)
    values, vectors = ops.eigh(spd)
    outputs = [ops.cholesky(spd), ops.cholesky(spd, upper=True), ops.cholesky_inverse(ops.cholesky(spd))]
    outputs += [ops.cholesky_inverse(ops.cholesky(spd, upper=True), upper=True)]
    outputs += [values, size_of(vectors), product(scaled(vectors, values), turned(vectors))]
    for matrix in (x, tall, wide):
        for mode in ("reduced", "complete"):
            q, r = ops.qr(matrix, mode=mode)
            outputs += [product(q, r), size_of(r)]
        for full in (True, False):
            left, values, right = ops.svd(matrix, full_matrices=full)
            outputs += of_singular(values, left, right)
        outputs += [ops.svd(matrix, compute_uv=False), ops.pinv(matrix), ops.matrix_rank(matrix)]
        outputs += [ops.pinv(matrix, rcond=0.3), ops.matrix_rank(matrix, tol=0.9)]
    return outputs


def factors_tensorflow(x, tall, wide, dtype):
    spd = definite(x, dtype)
    values, vectors = tf.linalg.eigh(spd)
    outputs = [tf.linalg.cholesky(spd), values, size_of(vectors), tf.linalg.eigvalsh(spd)]
    lu, places = tf.linalg.lu(x)
    outputs += [lu, places, tf.linalg.lu(x, output_idx_type="int64")[1]]
    for matrix in (x, tall, wide):
        for full in (True, False):
            q, r = tf.linalg.qr(matrix, full_matrices=full)
            values, left, right = tf.linalg.svd(matrix, full_matrices=full)
            outputs += [product(q, r), size_of(r), *of_singular(values, left, turned(right))]
        outputs += [tf.linalg.svd(matrix, compute_uv=False), tf.linalg.pinv(matrix), tf.linalg.matrix_rank(matrix)]
        outputs += [tf.linalg.pinv(matrix, rcond=0.3), tf.linalg.matrix_rank(matrix, tol=0.9)]
    return outputs


def factors(dtype):
    def build():
        x, tall = Input((3, 3), dtype=dtype, name="x"), Input((4, 3), dtype=dtype, name="tall")
        wide = turned(tall)
        make = factors_tensorflow if KERAS == 2 else factors_keras
        return Model([x, tall], make(x, tall, wide, dtype))

    return build


def one_matrix():
    """The batch's axis is an axis of a matrix, or missing."""
    x, y = Input((3,), batch_size=4, name="x"), Input((3, 3), batch_size=4, name="y")
    if KERAS == 2:
        values, left, right = tf.linalg.svd(x)
        return Model([x, y], [values, product(scaled(left, values), turned(right)), tf.linalg.inv(y[0]), tf.linalg.det(y[1])])
    left, values, right = ops.svd(x, full_matrices=False)
    lu, places = ops.lu_factor(y[0])
    outputs = [values, product(scaled(left, values), right), lu, places, ops.lstsq(x, y[:, 0]), ops.lstsq(x, y[:, 0, 0])]
    outputs += [ops.lstsq(x, y[:, 1], rcond=0.6), ops.lstsq(turned(x), y[:3, 0]), ops.inv(y[0]), ops.det(y[1]), *ops.slogdet(y[2])]
    return Model([x, y], outputs)


def systems(dtype):
    def build():
        x, y = Input((3, 3), dtype=dtype, name="x"), Input((3, 2), dtype=dtype, name="y")
        z = Input((2, 3), dtype=dtype, name="z")
        constant = np.array([[2, 1, 0], [0.5, 3, 1], [1, 0, 4]], dtype)
        spd = definite(x, dtype)
        if KERAS == 3:
            outputs = [ops.solve(x, y), ops.solve(x, y[:, :, 0]), ops.solve(x, x), ops.inv(x), ops.det(x), *ops.slogdet(x)]
            outputs += [ops.logdet(spd), ops.logdet(-spd), ops.det(x * 0), *ops.slogdet(x * 0), ops.slogdet(-x)[1]]
            outputs += [ops.solve_triangular(x, y), ops.solve_triangular(x, y, lower=True)]
            outputs += [ops.solve_triangular(x, y[:, :, 1], lower=True), ops.solve_triangular(x * (1 - np.eye(3)).astype(dtype), y)]
            return Model([x, y, z], outputs + [product(z, ops.inv(x))])
        outputs = [tf.linalg.solve(x, y), tf.linalg.solve(x, y, adjoint=True), tf.linalg.inv(x), tf.linalg.inv(x, adjoint=True)]
        outputs += [tf.linalg.det(x), tf.linalg.logdet(spd), tf.linalg.logdet(-spd)]
        outputs += [tf.linalg.triangular_solve(x, y, lower=lower, adjoint=adjoint) for lower in (True, False) for adjoint in (True, False)]
        outputs += [tf.linalg.triangular_solve(constant, y), tf.linalg.cholesky_solve(tf.linalg.cholesky(spd), y)]
        outputs += [tf.linalg.lstsq(x, y), tf.linalg.lstsq(z, y[:, :2], l2_regularizer=0.5), tf.linalg.lstsq(turned(z), y, 0.25)]
        return Model([x, y, z], outputs + [product(z, tf.linalg.inv(x))])

    return build


def norms():
    x = Input((3, 4, 5), name="x")
    outputs = [ops.norm(x, ord=order, axis=axes) for order in (2, -2, "nuc") for axes in ((1, 2), (3, 1), (-1, -2))]
    return Model(x, outputs + [ops.norm(x, ord=2, axis=(1, 2), keepdims=True), ops.norm(x, ord="nuc", axis=(1, 3), keepdims=True)])


def feed(dtype, *shapes):
    """Far from singular."""

    def made(random):
        arrays = [random.normal(size=(4, *shape)) for shape in shapes]
        arrays[0] = arrays[0] + (np.diag([3.0, -4.0, 5.0]) if shapes[0][-1] == shapes[0][0] else 0)
        return [array.astype(dtype) for array in arrays]

    return made


def feed_one_matrix(random):
    return [random.normal(size=(4, 3)).astype("float32"), (random.normal(size=(4, 3, 3)) + np.diag([3, -4, 5])).astype("float32")]


def triangular_singular():
    """Zeros on the diagonal: what follows from them is infinite or no number."""
    x, y = Input((3, 3), name="x"), Input((3, 2), name="y")
    if KERAS == 2:
        solve = tf.linalg.triangular_solve
        return Model([x, y], [solve(x, y), solve(x, y, lower=False), solve(x, y, adjoint=True)])
    return Model([x, y], [ops.solve_triangular(x, y, lower=True), ops.solve_triangular(x, y)])


def feed_singular(random):
    x = random.integers(1, 5, (4, 3, 3)).astype("float32")
    x[0, 1, 1] = x[1, 0, 0] = x[2, 2, 2] = x[2, 1, 1] = x[0, 2, 1] = x[0, 0, 1] = 0
    return [x, random.integers(-4, 5, (4, 3, 2)).astype("float32")]


def cases(add):
    for dtype in ("float32", "float64"):
        add(f"factors_{dtype}", factors(dtype), feed=feed(dtype, (3, 3), (4, 3)), float64=False, same_rows=True, atol=1e-5)
        add(f"linear_systems_{dtype}", systems(dtype), feed=feed(dtype, (3, 3), (3, 2), (2, 3)), float64=False, same_rows=True, atol=1e-5)
    add("factors_one_matrix", one_matrix, feed=feed_one_matrix, float64=False, same_rows=True, atol=1e-5)
    add("norms_singular", norms, feed=lambda r: r.normal(size=(2, 3, 4, 5)).astype("float32"), keras=(3,), atol=1e-5)
    cublas = "zeros on the diagonal of a triangular system: a GPU gives the infinities and NaN of cuBLAS"
    add("triangular_singular", triangular_singular, rows=4, feed=feed_singular, float64=False, only_on_cpu=cublas)
