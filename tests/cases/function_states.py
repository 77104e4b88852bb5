"""Models of generate_functions.py that assign to variables in branches and loops that depend on data."""

import tensorflow as tf

from function_loops import built, normal, numbers, spec


class States(tf.Module):
    """Sides that assign to different variables, that only read, and that are nested."""

    def __init__(self):
        super().__init__()
        self.count, self.level = tf.Variable(3.0), tf.Variable(0.5)
        self.sums = tf.Variable(numbers("states", 4))

    @tf.function
    def add(self, x):
        self.sums.assign_add(tf.reduce_sum(x, 0))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        y = x
        if tf.reduce_sum(x) > 0.0:
            self.count.assign_add(1.0)
            y = y * self.count
        if tf.reduce_max(x) > 1.0:
            self.add(x)
            if self.count > 4.0:
                self.count.assign(0.25)
            else:
                self.level.assign_sub(self.count)
        else:
            self.level.assign(self.level * 2.0)
            y = y + self.sums

        def grow():
            self.count.assign_add(self.level)
            return self.count + 0.0

        which = tf.cast(tf.math.round(tf.reduce_sum(tf.abs(x))), tf.int32) % 3
        z = tf.switch_case(which, [grow, lambda: self.level * 1.0, lambda: self.count - self.level])
        return {"y": y + self.sums, "z": x * z, "count": self.count + 0.0 * x[:, 0], "level": self.level + 0.0 * x[:, 0]}


class Turns(tf.Module):
    """Loops that assign to variables: in the body, read by the condition, in a branch of the body, and only read."""

    def __init__(self):
        super().__init__()
        self.turns, self.energy, self.factor = tf.Variable(0.0), tf.Variable(2.0), tf.Variable(0.75)
        self.sums = tf.Variable(numbers("turns", 4))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        y = x
        while tf.reduce_max(tf.abs(y)) > 0.25:
            y = y * self.factor
            self.turns.assign_add(1.0)
            if tf.reduce_sum(y) > 0.5:
                self.sums.assign(self.sums * 0.5 + y[0])
        self.energy.assign_add(tf.reduce_max(x) + 3.0)
        while self.energy > 1.0:
            self.energy.assign(self.energy * self.factor - 0.125)
        self.factor.assign(0.5 * self.factor + 0.25)
        return {"y": y + self.sums, "turns": self.turns + 0.0 * x[:, 0], "energy": self.energy + 0.0 * x[:, 0]}


class Unread(tf.Module):
    """A branch, a loop and a call of which nothing is read but the variables."""

    def __init__(self):
        super().__init__()
        self.calls, self.turns, self.sum = tf.Variable(0.0), tf.Variable(0.5), tf.Variable(0.0)

    @tf.function
    def add(self, x):
        self.sum.assign_add(tf.reduce_sum(x))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        if tf.reduce_max(x) > 0.0:
            self.calls.assign_add(1.0)
        while self.turns < tf.reduce_max(x) + 2.0:
            self.turns.assign_add(1.0)
        self.add(x)
        return {"calls": self.calls + 0.0 * x[:, 0], "turns": self.turns + 0.0 * x[:, 0], "sum": self.sum + 0.0 * x[:, 0]}


class Lengths(tf.Module):
    """Assignments beside shapes that depend on data: in a branch with results of other extents, and in a loop that shortens."""

    def __init__(self):
        super().__init__()
        self.seen, self.dropped = tf.Variable(0.0), tf.Variable(0.0)

    @tf.function(input_signature=[spec(None)])
    def call(self, x):
        if tf.reduce_sum(x) > 0.0:
            self.seen.assign_add(1.0)
            kept = tf.boolean_mask(x, x > -1.0)
        else:
            kept = tf.concat([x, [self.seen]], 0)
        while tf.reduce_sum(kept) > 1.0:
            tf.autograph.experimental.set_loop_options(shape_invariants=[(kept, tf.TensorShape([None]))])
            before = tf.cast(tf.size(kept), tf.float32)
            kept = tf.boolean_mask(kept, kept < tf.reduce_max(kept))
            self.dropped.assign_add(before - tf.cast(tf.size(kept), tf.float32))
        return {"kept": kept, "seen": self.seen + 0.0 * x, "dropped": self.dropped + 0.0 * x}


class InCondition(tf.Module):
    """A loop whose condition assigns."""

    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0.0)

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        y = tf.while_loop(lambda y: self.count.assign_add(1.0) < tf.reduce_max(x) + 3.0, lambda y: [y * 0.5], [x])
        return {"y": y[0]}


CASES = {
    "states": (built(States), {"x": normal(3, 4)}, {"calls": 6}),
    "states_in_loops": (built(Turns), {"x": normal(3, 4)}, {"calls": 4}),
    "states_in_condition": (
        built(InCondition),
        {"x": normal(3, 4)},
        {"expect_error": "assigns to variables in the condition of the loop"},
    ),
    "states_unread": (built(Unread), {"x": normal(3, 4)}, {"calls": 3}),
    "states_of_lengths": (built(Lengths), {"x": normal(7)}, {"calls": 4}),
}
