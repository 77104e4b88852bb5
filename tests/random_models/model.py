"""One random model: inputs, steps after them, and outputs chosen among the intermediate tensors."""

import math
import random

from generate.building import L, Model, compute, keras
from random_models import anywhere, fronts, joints, operations, recurrent, rows, windows
from random_models.choices import LARGEST, Choices, Unsuited, extents

POLICIES = ("mixed_float16", "mixed_float16", "mixed_bfloat16", "float64")


def draw(c, x):
    """Applies a layer that accepts this tensor; the choice depends on its rank."""
    rank = len(x.shape)
    tables = [anywhere.LAYERS]
    if rank in (3, 4, 5):
        tables += [windows.LAYERS, windows.LAYERS] if rank > 3 else [windows.LAYERS]
    if rank == 3:
        tables += [recurrent.LAYERS, recurrent.LAYERS]
    return c.choice(c.choice(tables))(c, x)


def layer(c, x):
    return draw(c, x)(x)


COMPOSITES = [
    (joints.residual, "grow"),
    (joints.branches, "grow"),
    (joints.nested, "grow"),
    (joints.shared, "draw"),
    (joints.distributed, "draw"),
    (joints.attention, "draw"),
    (joints.self_attention_block, "draw"),
    (joints.repeated, "draw"),
    (joints.operators, "draw"),
    (lambda c, x, _: recurrent.states(c, x), "draw"),
    (lambda c, x, _: recurrent.from_states(c, x), "draw"),
]


def composite(c, x):
    step, kind = c.choice(COMPOSITES)
    return step(c, x, grow if kind == "grow" else draw)


def fits(x):
    return math.prod(e or 13 for e in extents(x)) <= LARGEST and len(x.shape) <= 5


def attempt(c, x, step):
    """Another tensor, or None if Keras refuses the step."""
    try:
        y = step(c, x)
        return y if fits(y) else None
    except Unsuited:
        return None
    except Exception as error:  # Keras raises almost anything
        c.rejected[type(error).__name__] = " ".join(str(error).split())[:160]
        return None


def grow(c, x, count, seen=None):
    for _ in range(count):
        for _ in range(10):
            y = attempt(c, x, composite if c.maybe(0.3) else layer)
            if y is not None:
                x = y
                break
        if seen is not None:
            seen.append(x)
    return x


def sequential(c):
    x = made = c.choice(fronts.NUMBERS[:2] + fronts.NUMBERS[3:])(c)
    layers = []
    for _ in range(c.randint(1, 6)):
        for _ in range(10):
            drawn = []

            def step(c, x):
                drawn.append(draw(c, x))
                return drawn[0](x)

            y = attempt(c, x, step)
            if y is not None:
                x = y
                layers.append(drawn[0])
                break
    return keras.Sequential([made, *layers])


def joined(c, tensors):
    """Combines all tensors into one vector, so that every branch affects the output."""
    pools = {3: L.GlobalAveragePooling1D, 4: L.GlobalAveragePooling2D, 5: L.GlobalAveragePooling3D}
    flat = [pools[len(t.shape)]()(t) if len(t.shape) > 2 else t for t in tensors]
    return L.Concatenate()(flat)


def functional(c):
    seen = []
    first = [c.choice(fronts.FRONTS)(c) for _ in range(c.choice((1, 1, 1, 1, 2, 2, 3)))]
    ends = [grow(c, x, c.randint(1, 6), seen) for x in first]
    if len(ends) > 1:
        ends = [grow(c, joined(c, ends), c.randint(1, 2))]
    outputs = ends + [t for t in seen if c.maybe(0.2)][:3]
    return Model(c.inputs, outputs if len(outputs) > 1 else outputs[0])


def side_by_side(c):
    """Many steps from one tensor: cheap for Keras, and each error is visible alone."""
    x = c.choice(fronts.FRONTS)(c)
    outputs = []
    for _ in range(30):
        y = attempt(c, x, composite if c.maybe(0.2) else layer) if len(outputs) < 10 else None
        outputs += [y] if y is not None else []
    return Model(c.inputs, outputs)


def meeting(c):
    """Layers alternating with steps in which rows may depend on each other."""
    c.operators = True
    c.cut = c.choice(rows.CUTS)
    c.batch = c.choice((40, 40, 33, 2 * c.cut))
    x = grow(c, c.choice(fronts.NUMBERS)(c), c.randint(0, 2))
    for _ in range(c.randint(1, 3)):
        for _ in range(10):
            y = attempt(c, x, lambda c, x: c.choice(rows.STEPS)(c, x))
            if y is not None:
                x = y
                break
        x = grow(c, x, c.randint(0, 1))
    return Model(c.inputs, x)


def build(seed):
    """(model, choices). Call it under `oracle.fresh`, so that names begin at zero."""
    c = Choices(seed)
    if random.Random(f"operations of {seed}").random() < 0.4:  # drawn apart, as below
        return operations.build(c, attempt), c
    if random.Random(f"rows of {seed}").random() < 0.2:  # a separate generator, so that all other models stay unchanged
        return meeting(c), c
    if c.maybe(0.15):
        keras.mixed_precision.set_global_policy(compute(c.choice(POLICIES)))
    c.stateful = c.maybe(0.05)
    c.fixed_batch = c.stateful or c.maybe(0.05)
    return c.choice((sequential, functional, functional, side_by_side, side_by_side))(c), c
