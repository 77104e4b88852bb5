"""KerasHub: its layers, backbones, and tasks without preprocessors of texts and images; all small and random."""

import keras_hub.layers as hub
import keras_hub.models as models
import numpy as np

from generate.building import Input, L, Model, compute
from keras_hub.src.utils.keras_utils import gelu_approximate

TEXT = {"vocabulary_size": 20, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 12}
SHORT = {**TEXT, "max_sequence_length": 12}
STEPS = 7


def ids(random, high=20):
    return random.integers(0, high, (3, STEPS)).astype("int32")


def padding(random):
    """The first of three rows is complete, the second ends early, the last begins late: its first steps attend to nothing."""
    steps = np.arange(STEPS)
    return np.stack([steps >= 0, steps < 4, steps >= 5]).astype("int32")


def text(random):
    return [padding(random), ids(random)]


def segmented(random):
    return [padding(random), ids(random, 2), ids(random)]


def halves(random):
    """Inputs of a decoder, then of an encoder."""
    return [padding(random), ids(random), padding(random)[::-1], ids(random)]


def heard(random):
    return [padding(random), ids(random), *small(random, (10, 3))]


def ending(random):
    """The same without steps that attend to nothing: T5 masks by adding numbers, next to which float32 loses the scores and
    float64 does not."""
    return [padding(random)[[0, 1, 0]], ids(random), padding(random)[[1, 0, 0]], ids(random)]


def masked(random):
    positions = random.integers(0, STEPS, (3, 2)).astype("int32")
    return [positions, *text(random)]


def masked_segmented(random):
    return [masked(random)[0], *segmented(random)]


def positions():
    x, i = Input((5, 6), name="x"), Input((5,), dtype="int32", name="i")
    return Model(
        [x, i],
        [
            hub.PositionEmbedding(9, name="learned")(x),
            hub.PositionEmbedding(9, name="later")(x, start_index=3),
            hub.PositionEmbedding(9, name="given")(x, positions=i),
            hub.SinePositionEncoding(name="sine")(x),
            hub.SinePositionEncoding(max_wavelength=50, name="sine_later")(x, start_index=2),
            hub.TokenAndPositionEmbedding(9, 7, 4, name="tokens")(i),
        ],
    )


def rotary():
    x, y = Input((5, 6), name="x"), Input((5, 3, 8), name="y")
    other = L.Permute((1, 3, 2))(L.Reshape((6, 4, 5))(L.Dense(8)(y)))
    many = {"original_max_position_embeddings": 16, "scaling_factor": 4.0, "beta_fast": 4.0}
    return Model(
        [x, y],
        [
            hub.RotaryEmbedding(name="plain")(x),
            hub.RotaryEmbedding(max_wavelength=100, scaling_factor=2.0, name="linear")(y, start_index=2),
            hub.RotaryEmbedding(scaling_factor=3.0, rope_type="dynamic", name="dynamic")(y),
            hub.RotaryEmbedding(rope_type="yarn", name="yarn", **many)(y),
            hub.RotaryEmbedding(rope_type="yarn", truncate=False, name="smooth", **many)(y),
            hub.RotaryEmbedding(sequence_axis=2, feature_axis=1, denominator_dim=8, name="axes")(other),
        ],
    )


def encoders():
    """All ways of passing masks, with normalisation before and after."""
    x, p = Input((5, 6), name="x"), Input((5,), dtype="int32", name="padding")
    a = Input((5, 5), dtype="int32", name="attention")
    first = hub.TransformerEncoder(7, 2, activation=gelu_approximate, name="first")(x, padding_mask=p)
    both = hub.TransformerEncoder(7, 3, normalize_first=True, name="both")(first, p, attention_mask=a)
    last = hub.TransformerEncoder(4, 2, dropout=0.1, layer_norm_epsilon=1e-3, name="last")(both, attention_mask=a)
    return Model([x, p, a], [both, last])


def carried_masks():
    """The mask of the ids, through two blocks and the layers after them."""
    i = Input((5,), dtype="int32", name="i")
    x = hub.TokenAndPositionEmbedding(9, 7, 4, mask_zero=True, name="tokens")(i)
    y = hub.TransformerEncoder(5, 2, name="one")(x)
    y = hub.TransformerEncoder(5, 2, normalize_first=True, name="two")(y)
    z = hub.TransformerDecoder(5, 2, name="three")(x)
    return Model(i, [L.GlobalAveragePooling1D(name="mean")(y), L.GlobalAveragePooling1D(name="last")(z)])


def decoders():
    x, memory = Input((5, 6), name="x"), Input((4, 3), name="memory")
    p, q = Input((5,), dtype="int32", name="p"), Input((4,), dtype="int32", name="q")
    alone = hub.TransformerDecoder(7, 2, name="alone")(x, decoder_padding_mask=p)
    cross = hub.TransformerDecoder(7, 3, normalize_first=True, dropout=0.1, name="cross")
    y = cross(alone, memory, decoder_padding_mask=p, encoder_padding_mask=q)
    free = hub.TransformerDecoder(4, 2, activation="gelu", name="free")(y, use_causal_mask=False)
    cached = hub.CachedMultiHeadAttention(2, 3, value_dim=2, name="cached")(free, memory)
    return Model([x, memory, p, q], [free, cached])


def others():
    x, i = Input((6, 8), name="x"), Input((3,), dtype="int32", name="i")
    scores = Input((3, 4, 5), name="scores")
    return Model(
        [x, i, scores],
        [
            hub.FNetEncoder(5, name="f_net")(x),
            hub.MaskedLMHead(vocabulary_size=9, activation="softmax", name="head")(x, mask_positions=i),
            hub.AlibiBias(name="alibi")(scores),
        ],
    )


def small(random, *shapes):
    return [random.normal(size=(3, *shape)).astype("float32") for shape in shapes]


def layers(add):
    def whole(random, high, *shape):
        return random.integers(0, high, (3, *shape)).astype("int32")

    def triangle(random):
        return np.maximum(whole(random, 2, 5, 5), np.eye(5, dtype="int32"))

    def front(random, steps):
        return (np.arange(steps) < np.array([[steps], [2], [0]])).astype("int32")

    add("hub_positions", positions, feed=lambda r: [*small(r, (5, 6)), whole(r, 7, 5)])
    add("hub_rotary", rotary)
    add(
        "hub_encoders",
        encoders,
        feed=lambda r: [*small(r, (5, 6)), front(r, 5), triangle(r)],
        formats=("keras", "h5"),
    )
    add("hub_carried_masks", carried_masks, feed=lambda r: np.maximum(whole(r, 9, 5), [1, 0, 0, 0, 0]) * np.maximum(front(r, 5), [1, 0, 0, 0, 0]))
    add("hub_decoders", decoders, feed=lambda r: [*small(r, (5, 6), (4, 3)), front(r, 5), front(r, 4)])
    add("hub_others", others, feed=lambda r: [*small(r, (6, 8)), whole(r, 6, 3), *small(r, (3, 4, 5))])


def backbone(name, arguments):
    return lambda: getattr(models, name)(**arguments)


def task(name, backbone_name, arguments, **more):
    return lambda: getattr(models, name)(backbone=getattr(models, backbone_name)(**arguments), **more)


def sound_encoder(arguments):
    """A model of its own of the encoder's layers."""
    whole = models.WhisperBackbone(**arguments)
    return Model(whole.input["encoder_features"], whole.output["encoder_sequence_output"])


REPEATED = {"num_layers": 4, "num_groups": 2, "num_inner_repetitions": 2, "embedding_dim": 5}
GROUPED = {
    "vocabulary_size": 20,
    "num_layers": 2,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 12,
}
STRETCHED = {
    "rope_low_freq_factor": 1.0,
    "rope_high_freq_factor": 4.0,
    "rope_frequency_adjustment_factor": 8.0,
    "rope_pretraining_sequence_length": 32,
    "rope_max_wavelength": 100,
}
CAPPED = {
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "attention_logit_soft_cap": 0.5,
    "final_logit_soft_cap": 2.0,
    "use_sliding_window_attention": True,
    "sliding_window_size": 3,
    "dropout": 0.1,
}
NARROW = {"num_layers": 1, "use_sliding_window_attention": True, "sliding_window_size": 2}
VIT = {"image_shape": (6, 9, 3), "patch_size": 3, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 12}
RESNET = {
    "input_conv_filters": [64],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 3],
    "stackwise_num_blocks": [1, 2],
    "stackwise_num_strides": [1, 2],
    "image_shape": (16, 20, 3),
}
EFFICIENT = {
    "stackwise_width_coefficients": [1.0, 1.1],
    "stackwise_depth_coefficients": [1.0, 1.2],
    "stackwise_kernel_sizes": [3, 5],
    "stackwise_num_repeats": [1, 1],
    "stackwise_input_filters": [8, 8],
    "stackwise_output_filters": [8, 16],
    "stackwise_expansion_ratios": [1, 3],
    "stackwise_squeeze_and_excite_ratios": [0.25, 0.5],
    "stackwise_strides": [1, 2],
    "stackwise_block_types": ["v1", "v1"],
    "stackwise_force_input_filters": [0, 0],
    "stackwise_nores_option": [False, False],
    "input_shape": (12, 15, 3),
}
SYNTHETIC = {"formats": ("synthetic",)}


def gated(add):
    add("llama", backbone("LlamaBackbone", GROUPED), feed=text)
    add(
        "llama3_causal_lm",
        task("Llama3CausalLM", "Llama3Backbone", {**GROUPED, **STRETCHED, "hidden_dim": 16}),
        feed=text,
    )
    add("mistral", backbone("MistralBackbone", {**GROUPED, "sliding_window": 3, "head_dim": 6}), feed=text)
    add("qwen_causal_lm", task("QwenCausalLM", "QwenBackbone", GROUPED), feed=text)
    add(
        "qwen_window",
        backbone("QwenBackbone", {**GROUPED, **NARROW}),
        feed=text,
    )
    add("phi3", backbone("Phi3Backbone", GROUPED), feed=text)
    add("gemma", backbone("GemmaBackbone", {**GROUPED, "head_dim": 4}), feed=text)
    add(
        "gemma_causal_lm",
        task("GemmaCausalLM", "GemmaBackbone", {**GROUPED, **CAPPED, "head_dim": 6}),
        feed=text,
    )


WITHOUT_WINDOW = {"sliding_window_size": None}
EXPERTS = {**GROUPED, "num_experts": 3, "top_k": 2, "num_layers": 2}
QWEN_EXPERTS = {**EXPERTS, "moe_intermediate_dim": 5, "sliding_window_size": 3}


def newer(add):
    """Normalisation of heads, and experts."""
    qwen = {**GROUPED, "head_dim": 6}
    add("qwen3", backbone("Qwen3Backbone", {**qwen, "sliding_window_size": 3}), feed=text)
    causal = {**qwen, **WITHOUT_WINDOW, "num_layers": 1, "tie_word_embeddings": False}
    add("qwen3_causal_lm", task("Qwen3CausalLM", "Qwen3Backbone", causal), feed=text)
    add("mixtral", backbone("MixtralBackbone", {**EXPERTS, "sliding_window": 3}), feed=text)
    add("mixtral_causal_lm", task("MixtralCausalLM", "MixtralBackbone", {**EXPERTS, "num_layers": 1, "top_k": 1}), feed=text)
    shared = {**QWEN_EXPERTS, "shared_expert_intermediate_dim": 4, "norm_top_k_prob": True, "use_sliding_window_attention": True}
    add("qwen_moe", backbone("QwenMoeBackbone", shared), feed=text)
    mixed = {**QWEN_EXPERTS, "head_dim": 4, "mlp_only_layers": [0]}
    add("qwen3_moe_causal_lm", task("Qwen3MoeCausalLM", "Qwen3MoeBackbone", mixed), feed=text)
    gemma = {**GROUPED, "head_dim": 4, "image_size": 8}
    add("gemma3", backbone("Gemma3Backbone", {**gemma, **CAPPED, "num_layers": 6, "intermediate_dim": 4, "hidden_dim": 4}), feed=text)
    both = {"use_bidirectional_attention": True, "use_sliding_window_attention": True, "sliding_window_size": 4}
    add("gemma3_both_ways", backbone("Gemma3Backbone", {**gemma, **both, "use_query_key_norm": False}), feed=text)
    lm = {**gemma, "num_layers": 1, "global_rope_scaling_factor": 8.0}
    add("gemma3_causal_lm", task("Gemma3CausalLM", "Gemma3Backbone", lm, preprocessor=None), feed=text)
    say = {"expect_error": "is_embedding_model", "expect_also": ["Gemma3Backbone"], **SYNTHETIC}
    pooled = {"is_embedding_model": True, "pooling_intermediate_dim": 4, "embedding_dim": 3}
    add("gemma3_pooled", backbone("Gemma3Backbone", {**lm, **pooled}), **say)


SMOL = {
    "vocabulary_size": 20,
    "hidden_dim": 8,
    "intermediate_dim": 10,
    "num_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "rope_layer_enabled_list": [True, False],
    "layer_types": ["full_attention", "full_attention"],
    "mlp_bias": False,
    "layer_norm_epsilon": 1e-6,
    "max_position_embeddings": 16,
    "rope_theta": 100.0,
    "partial_rotary_factor": 1.0,
}


def others_of_texts(add):
    add("smollm3", backbone("SmolLM3Backbone", SMOL), feed=text)
    biased = {**SMOL, "attention_bias": True, "mlp_bias": True, "num_layers": 1}
    add("smollm3_causal_lm", task("SmolLM3CausalLM", "SmolLM3Backbone", biased), feed=text)
    falcon = {"vocabulary_size": 20, "num_layers": 2, "num_attention_heads": 3, "hidden_dim": 6, "intermediate_dim": 8}
    add("falcon", backbone("FalconBackbone", falcon), feed=text)
    one = {**falcon, "num_layers": 1, "num_attention_heads": 2, "attention_dropout_rate": 0.1}
    add("falcon_causal_lm", task("FalconCausalLM", "FalconBackbone", one), feed=text)


def precisions(add):
    def in_type(name, arguments, dtype):
        return lambda: getattr(models, name)(**arguments, dtype=compute(dtype))

    add("bert_mixed_float16", in_type("BertBackbone", SHORT, "mixed_float16"), feed=segmented, coarse=True)
    add("llama_bfloat16", in_type("LlamaBackbone", GROUPED, "bfloat16"), feed=text, coarse=True)
    gemma = {**GROUPED, "head_dim": 4}
    add("gemma_mixed_bfloat16", in_type("GemmaBackbone", gemma, "mixed_bfloat16"), feed=text, coarse=True)
    gemma3 = {**gemma, "image_size": 8, "num_layers": 1}
    add("gemma3_mixed_float16", in_type("Gemma3Backbone", gemma3, "mixed_float16"), feed=text, coarse=True)


def images(add):
    plain = {**VIT, "use_class_token": False, "use_mha_bias": False}
    add("vit", backbone("ViTBackbone", VIT))
    add(
        "vit_classifier",
        task("ViTImageClassifier", "ViTBackbone", plain, num_classes=3, pooling="gap", intermediate_dim=5),
    )
    for block in ("basic_block", "bottleneck_block", "basic_block_vd", "bottleneck_block_vd"):
        for before in (False, True) if not block.endswith("vd") else (False,):
            name = block + ("_before" if before else "")
            add(
                f"resnet_{name}",
                backbone("ResNetBackbone", {**RESNET, "block_type": block, "use_pre_activation": before}),
                rows=2,
                **SYNTHETIC,
            )
    vgg = {"stackwise_num_repeats": [1, 2], "stackwise_num_filters": [4, 5], "image_shape": (9, 10, 3)}
    add("vgg", backbone("VGGBackbone", vgg), rows=2)
    large = {"stackwise_num_repeats": [1], "stackwise_num_filters": [2], "image_shape": (18, 16, 1)}
    head = {"num_classes": 3, "pooling_hidden_dim": 4}
    for pooling in ("max", "flatten"):
        add(f"vgg_classifier_{pooling}", task("VGGImageClassifier", "VGGBackbone", large, pooling=pooling, **head), rows=2)
    mit = {
        "layerwise_depths": [1, 2],
        "num_layers": 2,
        "layerwise_num_heads": [1, 2],
        "layerwise_sr_ratios": [2, 1],
        "max_drop_path_rate": 0.1,
        "layerwise_patch_sizes": [7, 3],
        "layerwise_strides": [4, 2],
        "hidden_dims": [4, 6],
        "image_shape": (16, 16, 3),
    }
    add("mit", backbone("MiTBackbone", mit), rows=2)
    add("mit_classifier", task("MiTImageClassifier", "MiTBackbone", {**mit, "layerwise_depths": [1, 1]}, num_classes=3), rows=2)

    def segformer():
        return models.SegFormerBackbone(image_encoder=models.MiTBackbone(**mit), projection_filters=3)

    add("segformer", segformer, rows=2)
    add("segformer_segmenter", lambda: models.SegFormerImageSegmenter(backbone=segformer(), num_classes=2), rows=2)
    deit = {**VIT, "intermediate_dim": 12, "dropout_rate": 0.1}
    del deit["mlp_dim"]
    add("deit", backbone("DeiTBackbone", deit))
    for pooling in ("token", "gap"):
        one = {**deit, "num_layers": 1}
        add(f"deit_classifier_{pooling}", task("DeiTImageClassifier", "DeiTBackbone", one, num_classes=3, pooling=pooling))
    dense = {"stackwise_num_repeats": [2, 1], "growth_rate": 4, "compression_ratio": 0.4, "image_shape": (17, 20, 3)}
    add("densenet", backbone("DenseNetBackbone", dense), rows=2, **SYNTHETIC)
    add(
        "densenet_classifier",
        task("DenseNetImageClassifier", "DenseNetBackbone", dense, num_classes=3),
        rows=2,
        **SYNTHETIC,
    )
    xception = {
        "stackwise_conv_filters": [[4, 5], [6, 6], [6, 6], [7, 8]],
        "stackwise_pooling": [False, True, False, False],
        "image_shape": (20, 17, 3),
    }
    add("xception", backbone("XceptionBackbone", xception), rows=2, **SYNTHETIC)
    add("efficientnet", backbone("EfficientNetBackbone", EFFICIENT), rows=2, **SYNTHETIC)
    mobile = {
        "stackwise_expansion": [[16], [20, 24]],
        "stackwise_num_blocks": [1, 2],
        "stackwise_num_filters": [[8], [16, 16]],
        "stackwise_kernel_size": [[3], [5, 3]],
        "stackwise_num_strides": [[2], [1, 1]],
        "stackwise_se_ratio": [[None], [0.25, 0.5]],
        "stackwise_activation": [["relu"], ["hard_swish", "hard_swish"]],
        "stackwise_padding": [[1], [2, 1]],
        "output_num_filters": 16,
        "input_activation": "hard_swish",
        "output_activation": "hard_swish",
        "input_num_filters": 8,
        "depthwise_filters": 8,
        "depthwise_stride": 1,
        "depthwise_residual": True,
        "squeeze_and_excite": 0.5,
        "last_layer_filter": 24,
        "image_shape": (18, 20, 3),
    }
    ending_of_mobile = {"num_classes": 3, "num_features": 5}
    add("mobilenet_classifier", task("MobileNetImageClassifier", "MobileNetBackbone", mobile, **ending_of_mobile), rows=2)
    add("mobilenet", backbone("MobileNetBackbone", mobile), rows=2)
    deep = {**RESNET, "input_conv_filters": [2, 64], "input_conv_kernel_sizes": [3, 3], "block_type": "basic_block"}
    add(
        "resnet_classifier",
        task("ResNetImageClassifier", "ResNetBackbone", deep, num_classes=3, pooling="max"),
        rows=2,
        **SYNTHETIC,
    )


def numbered(model):
    """CLIP's ids of positions, which Keras makes zeros and presets fill."""
    for variable in model.weights:
        if variable.name == "position_ids":
            variable.assign(np.arange(variable.shape[1])[None])


def clips(add):
    side = {"hidden_dim": 8, "num_layers": 2, "num_heads": 2, "intermediate_dim": 6}
    vision = {**side, "patch_size": 3, "image_shape": (6, 6, 3)}
    texts = {**side, "vocabulary_size": 20, "embedding_dim": 8, "max_sequence_length": 9}

    def both():
        image, text = models.CLIPVisionEncoder(**vision, name="vision"), models.CLIPTextEncoder(**texts, name="text")
        return models.CLIPBackbone(vision_encoder=image, text_encoder=text, projection_dim=5)

    add("clip", both, feed=lambda r: [*small(r, (6, 6, 3)), ids(r)], prepare=numbered)
    inner = {"intermediate_output_index": -2, "name": "vision"}
    add("clip_vision", lambda: models.CLIPVisionEncoder(**{**vision, **inner, "num_layers": 3}), prepare=numbered)
    named = {"intermediate_activation": "gelu", "name": "text"}
    add("clip_text", lambda: models.CLIPTextEncoder(**texts, **named), feed=lambda r: [ids(r)])


def siglips(add):
    side = {"hidden_dim": 8, "num_layers": 2, "num_heads": 2, "intermediate_dim": 6}
    vision = {**side, "patch_size": 3, "image_shape": (6, 6, 3)}
    texts = {**side, "vocabulary_size": 20, "embedding_dim": 8, "max_sequence_length": STEPS}

    def both():
        image, text = models.SigLIPVisionEncoder(**vision, name="vision"), models.SigLIPTextEncoder(**texts, name="text")
        return models.SigLIPBackbone(vision_encoder=image, text_encoder=text)

    add("siglip", both, feed=lambda r: [*small(r, (6, 6, 3)), ids(r)])
    named = {"intermediate_activation": "relu", "layer_norm_epsilon": 1e-3, "name": "vision"}
    add("siglip_vision", lambda: models.SigLIPVisionEncoder(**vision, **named))
    add("siglip_text", lambda: models.SigLIPTextEncoder(**texts, projection_dim=5, name="text"), feed=lambda r: [ids(r)])


def cross_stages(add):
    common = {
        "stem_filters": [4, 6],
        "stem_kernel_size": 3,
        "stem_strides": 2,
        "stackwise_depth": [1, 2],
        "stackwise_strides": [1, 2],
        "stackwise_num_filters": [6, 8],
        "image_shape": (14, 17, 3),
    }
    csp = {"block_type": "bottleneck_block", "stage_type": "csp", "bottle_ratio": [0.5], "block_ratio": [0.5, 0.5], "expand_ratio": [1.0]}
    table = {
        "dark": {"block_type": "dark_block", "stage_type": "dark", "bottle_ratio": [0.5, 0.7]},
        "csp": {**csp, "down_growth": True, "cross_linear": True},
        "cs3": {"block_type": "edge_block", "stage_type": "cs3", "bottle_ratio": 0.5, "block_ratio": [0.5], "activation": "silu"},
        "pooled": {**csp, "stem_strides": 4, "stem_pooling": "max", "avg_down": True, "activation": "relu"},
    }
    for name, own in table.items():
        add(f"cspnet_{name}", backbone("CSPNetBackbone", {**common, **own}), rows=2, **SYNTHETIC)
    plain = {**common, **table["cs3"]}
    add("cspnet_classifier", task("CSPNetImageClassifier", "CSPNetBackbone", plain, num_classes=3), rows=2, **SYNTHETIC)


def inside():
    """Two backbones as layers of a model, one of them called twice, and a layer that uses its weights."""
    names = ("ids", "padding", "segments", "others")
    inputs = [Input((STEPS,), dtype="int32", name=name) for name in names]
    tokens, mask, segments, others = inputs
    small_one = models.DistilBertBackbone(**SHORT, name="small")
    large_one = models.BertBackbone(**SHORT, name="large")
    x = small_one({"token_ids": tokens, "padding_mask": mask})
    y = small_one({"token_ids": others, "padding_mask": mask})
    z = large_one({"token_ids": others, "padding_mask": mask, "segment_ids": segments})
    both = L.Concatenate(name="both")([L.GlobalMaxPooling1D()(x), L.GlobalMaxPooling1D()(y), z["pooled_output"]])
    return Model(inputs, [L.Dense(3, name="y")(both), L.Dense(2, name="steps")(z["sequence_output"])])


def refused(add):
    """Unsupported arguments are reported by name, not ignored."""
    su = {"rope_scaling_type": "su", "rope_scaling_short_factor": [1.0], "rope_scaling_long_factor": [2.0]}
    say = {"expect_error": "rope_scaling_type", "expect_also": ["Phi3Backbone"], **SYNTHETIC}
    add("phi3_scaled", backbone("Phi3Backbone", {**GROUPED, **su}), **say)
    say = {"expect_error": "stackwise_block_types", "expect_also": ["EfficientNetBackbone"], **SYNTHETIC}
    second = {**EFFICIENT, "stackwise_block_types": ["fused", "unfused"]}
    add("efficientnet_v2", backbone("EfficientNetBackbone", second), **say)


def cases(add):
    refused(add)
    add("hub_inside", inside, feed=lambda r: [ids(r), padding(r), ids(r, 2), ids(r)])
    gated(add)
    newer(add)
    others_of_texts(add)
    precisions(add)
    images(add)
    clips(add)
    siglips(add)
    cross_stages(add)
    layers(add)
    add("bert", backbone("BertBackbone", SHORT), feed=segmented)
    add("distil_bert", backbone("DistilBertBackbone", SHORT), feed=text)
    add("roberta", backbone("RobertaBackbone", SHORT), feed=text)
    add("xlm_roberta", backbone("XLMRobertaBackbone", {**SHORT, "dropout": 0.0}), feed=text)
    add(
        "albert",
        backbone("AlbertBackbone", {**SHORT, **REPEATED}),
        feed=segmented,
    )
    named = {("vocab_size" if key == "vocabulary_size" else key): value for key, value in SHORT.items()}
    add("electra", backbone("ElectraBackbone", {**named, "embedding_dim": 6}), feed=segmented)
    add(
        "f_net",
        backbone("FNetBackbone", {key: value for key, value in SHORT.items() if key != "num_heads"}),
        feed=lambda r: segmented(r)[1:],
    )
    add("opt_causal_lm", task("OPTCausalLM", "OPTBackbone", SHORT), feed=text)
    add("bloom", backbone("BloomBackbone", {**TEXT, "num_heads": 4, "hidden_dim": 12}), feed=text)
    add(
        "gpt_neo_x",
        backbone("GPTNeoXBackbone", {**SHORT, "hidden_dim": 16, "rotary_percentage": 0.5}),
        feed=text,
    )
    add("bart_seq2seq", task("BartSeq2SeqLM", "BartBackbone", {**SHORT, "num_layers": 1}), feed=halves)
    add("t5", backbone("T5Backbone", {**TEXT, "key_value_dim": 3, "tie_embedding_weights": False}), feed=ending)
    add(
        "t5_seq2seq",
        task("T5Seq2SeqLM", "T5Backbone", {**TEXT, "num_layers": 1, "use_gated_activation": False, "activation": "gelu"}),
        feed=ending,
    )
    far = {**SHORT, "bucket_size": 4, "max_sequence_length": 16}
    add("deberta", backbone("DebertaV3Backbone", far), feed=text)
    add("deberta_classifier", task("DebertaV3TextClassifier", "DebertaV3Backbone", far, num_classes=3), feed=text)
    sound = {**TEXT, "num_mels": 3, "max_encoder_sequence_length": 12, "max_decoder_sequence_length": 9}
    add("whisper", backbone("WhisperBackbone", sound), feed=heard)
    add("whisper_encoder", lambda: sound_encoder(sound), feed=lambda random: small(random, (10, 3)))
    add("albert_masked_lm", task("AlbertMaskedLM", "AlbertBackbone", {**SHORT, "embedding_dim": 5}), feed=masked_segmented)
    unheaded = {key: value for key, value in SHORT.items() if key != "num_heads"}
    add("f_net_classifier", task("FNetTextClassifier", "FNetBackbone", unheaded, num_classes=3), feed=lambda r: segmented(r)[1:])
    add("gpt2", backbone("GPT2Backbone", SHORT), feed=text)
    add("bert_classifier", task("BertTextClassifier", "BertBackbone", SHORT, num_classes=3), feed=segmented)
    add(
        "distil_bert_classifier",
        task("DistilBertTextClassifier", "DistilBertBackbone", SHORT, num_classes=3, activation="softmax"),
        feed=text,
    )
    add(
        "roberta_classifier",
        task("RobertaTextClassifier", "RobertaBackbone", SHORT, num_classes=3, hidden_dim=5),
        feed=text,
    )
    add("bert_masked_lm", task("BertMaskedLM", "BertBackbone", SHORT), feed=masked_segmented)
    add("roberta_masked_lm", task("RobertaMaskedLM", "RobertaBackbone", SHORT), feed=masked)
    add("gpt2_causal_lm", task("GPT2CausalLM", "GPT2Backbone", SHORT), feed=text)
