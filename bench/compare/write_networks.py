"""Writes four larger networks with Keras 3 and KerasHub, random weights: python write_networks.py FOLDER. Existing files are
kept.

The inputs are NAME.npz. Measured by `keraunos-compare FOLDER/NAME.keras --inputs FOLDER/NAME.npz`; the whole command is in
README.md."""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import keras_hub
import numpy

TOKENS = 128
VOCABULARY = 50257
FRAMES, MELS = 3000, 80


def twice(x, filters):
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return x


def unet():
    """Five resolutions of 32 to 512 channels; transposed convolutions of 3x3 with stride 2 between them."""
    x = image = keras.Input((256, 256, 3), name="image")
    skipped = []
    for filters in (32, 64, 128, 256):
        x = twice(x, filters)
        skipped.append(x)
        x = keras.layers.MaxPooling2D()(x)
    x = twice(x, 512)
    for filters in (256, 128, 64, 32):
        x = keras.layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
        x = twice(keras.layers.Concatenate()([x, skipped.pop()]), filters)
    return keras.Model(image, keras.layers.Conv2D(1, 1, activation="sigmoid")(x))


def conv_lstm():
    frames = keras.Input((10, 64, 64, 1), name="frames")
    x = keras.layers.ConvLSTM2D(32, 3, padding="same", return_sequences=True)(frames)
    x = keras.layers.ConvLSTM2D(32, 3, padding="same", return_sequences=True)(x)
    return keras.Model(frames, keras.layers.Conv3D(1, 3, padding="same", activation="sigmoid")(x))


def gpt2():
    """GPT-2 small with the projection to its vocabulary."""
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=VOCABULARY, num_layers=12, num_heads=12, hidden_dim=768, intermediate_dim=3072, max_sequence_length=1024
    )
    return keras_hub.models.GPT2CausalLM(backbone=backbone, preprocessor=None)


def whisper_encoder():
    """The encoder of Whisper tiny."""
    whisper = keras_hub.models.WhisperBackbone(
        vocabulary_size=100,
        num_layers=4,
        num_heads=6,
        hidden_dim=384,
        intermediate_dim=1536,
        num_mels=MELS,
        max_encoder_sequence_length=FRAMES,
    )
    encoder = keras.Model(whisper.input["encoder_features"], whisper.output["encoder_sequence_output"])
    sound = keras.Input((FRAMES, MELS), name="sound")
    return keras.Model(sound, encoder(sound))


MODELS = {"unet": unet, "conv_lstm": conv_lstm, "gpt2": gpt2, "whisper_encoder": whisper_encoder}


def inputs(model, random):
    made = {}
    for port in model.inputs:
        shape = [1, *(TOKENS if size is None else size for size in port.shape[1:])]
        if port.name == "token_ids":
            made[port.name] = random.integers(0, VOCABULARY, shape).astype("int32")
        elif port.name == "padding_mask":
            made[port.name] = numpy.ones(shape, "int32")
        else:
            made[port.name] = random.uniform(-1, 1, shape).astype("float32")
    return made


def settle(model, random):
    """Statistics that give every BatchNormalization an effect."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            ranges = [(0.5, 0.9), (-0.1, 0.1), (-0.1, 0.1), (0.8, 1.2)]
            layer.set_weights([random.uniform(*limits, weight.shape) for limits, weight in zip(ranges, layer.weights)])


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MODELS.items():
        if (folder / f"{name}.keras").exists():
            continue
        print("writing", name, flush=True)
        keras.utils.set_random_seed(7)
        random = numpy.random.default_rng(7)
        model = make()
        settle(model, random)
        numpy.savez(folder / f"{name}.npz", **inputs(model, random))
        model.save(folder / f"{name}.keras")


if __name__ == "__main__":
    main()
