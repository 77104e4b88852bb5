#!/usr/bin/env python3
"""Writes a text classifier that takes strings, sentences, and what Keras's predict() gave for them.

    python3 make_golden.py          (keras 3.15.1, tensorflow-cpu 2.21.0)
"""
import pathlib

import keras
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = ["complaint", "praise", "question"]
SENTENCES = {
    "complaint": ["The parcel arrived broken.", "The parcel is late again!", "Nobody answers the phone.",
                  "This lamp does not work.", "The wrong colour arrived.", "The lid is broken and the phone does not charge."],
    "praise": ["Great lamp, thank you!", "The parcel arrived early, thank you.", "I love this phone.",
               "Excellent quality, great colour.", "Works well and looks excellent.", "Great service, I am happy."],
    "question": ["When does the parcel arrive?", "How do I charge the phone?", "Which colour does the lamp have?",
                 "Can I return the lid?", "When do you open?", "How long does the lamp last?"],
}
NEW = ["The lamp arrived broken!", "Thank you, I love the colour.", "How do I return this phone?",
       "Größe & colour: excellent, great, happy"]


def main():
    keras.utils.set_random_seed(3)
    texts = [text for name in CLASSES for text in SENTENCES[name]]
    labels = np.repeat(np.arange(3), 6)
    vectorize = keras.layers.TextVectorization(output_sequence_length=12)
    vectorize.adapt(texts)
    inputs = keras.Input((1,), dtype="string", name="text")
    x = keras.layers.Embedding(vectorize.vocabulary_size(), 8, mask_zero=True)(vectorize(inputs))
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax", name="class")(x))
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    import tensorflow as tf
    model.fit(tf.constant(texts)[:, None], labels, epochs=60, verbose=0)
    plain = keras.Model(model.inputs, model.outputs)  # without the optimizer
    plain.save(HERE / "feedback.keras")
    (HERE / "classes.txt").write_text("".join(name + "\n" for name in CLASSES))
    (HERE / "texts.txt").write_text("".join(text + "\n" for text in NEW))
    scores = plain.predict(tf.constant(NEW)[:, None], verbose=0)
    lines = [f"{CLASSES[row.argmax()]} {row.max():.4f}  {text}\n" for row, text in zip(scores, NEW)]
    (HERE / "expected.txt").write_text("".join(lines))
    print("".join(lines))


if __name__ == "__main__":
    main()
