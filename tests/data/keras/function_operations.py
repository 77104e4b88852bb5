#!/usr/bin/env python3
"""Lists the operations of TensorFlow that Keraunos does not compute in functions. Each layer of Keras 2.15 and each function of
TensorFlow below is traced by tf.function; one SavedModel that calls all of them is given to `keraunos inspect`. Each line has the
number of layers and functions, and the operation that is missing. Complex constants stop the loader: leave out those functions by
the regular expression '^(?!.*(signal|complex|angle))'.

    VENV/bin/python function_operations.py KERAUNOS [REGEX]     (an environment with tensorflow-cpu 2.15.1)
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import tensorflow as tf

K = tf.keras.layers
IMAGE, SERIES, ROWS, CUBE = (None, 8, 8, 3), (None, 6, 4), (None, 4), (None, 4, 4, 4, 2)
WORDS = ["the", "quick", "brown", "fox"]


def adapted(layer, data):
    layer.adapt(data)
    return layer


def texts(**options):
    return lambda: adapted(K.TextVectorization(**options), ["the quick brown fox", "a dog"])


# Constructors of layers, by the shape of their input.
LAYERS = {
    ROWS: """
        Dense(3); ReLU(); LeakyReLU(); PReLU(); ELU(); ThresholdedReLU(); Softmax(); Dropout(0.5); GaussianNoise(1.0);
        GaussianDropout(0.5); AlphaDropout(0.5); BatchNormalization(); LayerNormalization(); UnitNormalization();
        GroupNormalization(2); Flatten(); Reshape((2, 2)); RepeatVector(3); Activation('gelu'); Activation('mish');
        Activation('swish'); Activation('softsign'); Activation('hard_sigmoid'); Activation('exponential');
        Activation('log_softmax'); Normalization(mean=1.0, variance=2.0); Discretization([0.0, 1.0]);
        ActivityRegularization(0.1); Rescaling(2.0, 1.0); SpectralNormalization(K.Dense(3))
    """,
    SERIES: """
        Conv1D(3, 2); Conv1D(4, 2, groups=2); Conv1D(3, 2, dilation_rate=2, padding='causal'); Conv1DTranspose(3, 2);
        SeparableConv1D(3, 2); DepthwiseConv1D(2); LocallyConnected1D(3, 2); MaxPooling1D(); AveragePooling1D();
        GlobalMaxPooling1D(); GlobalAveragePooling1D(); UpSampling1D(2); ZeroPadding1D(1); Cropping1D(1); Permute((2, 1));
        Masking(); LSTM(3); GRU(3); SimpleRNN(3); LSTM(3, return_sequences=True, go_backwards=True); GRU(3,
        reset_after=False); LSTM(3, unroll=True); RNN(K.LSTMCell(3)); Bidirectional(K.LSTM(3));
        RNN(K.StackedRNNCells([K.GRUCell(2), K.LSTMCell(3)])); TimeDistributed(K.Dense(3)); SpatialDropout1D(0.5);
        EinsumDense('abc,cd->abd', output_shape=(None, 3)); LSTM(3, recurrent_dropout=0.2)
    """,
    IMAGE: """
        Conv2D(4, 3); Conv2D(6, 3, groups=3); Conv2D(4, 3, dilation_rate=2); Conv2DTranspose(4, 3, strides=2);
        SeparableConv2D(4, 3); DepthwiseConv2D(3); LocallyConnected2D(4, 3); LocallyConnected2D(4, 3, implementation=2);
        MaxPooling2D(); AveragePooling2D(); GlobalMaxPooling2D(); GlobalAveragePooling2D(); UpSampling2D(2);
        UpSampling2D(2, interpolation='bilinear'); UpSampling2D(2, interpolation='bicubic'); UpSampling2D(2,
        interpolation='lanczos3'); ZeroPadding2D(1); Cropping2D(1); SpatialDropout2D(0.5); Resizing(5, 6); Resizing(5, 6,
        interpolation='nearest'); Resizing(5, 6, interpolation='bicubic'); Resizing(5, 6, interpolation='area');
        Resizing(5, 6, interpolation='gaussian'); Resizing(5, 6, interpolation='mitchellcubic'); Resizing(5, 6,
        crop_to_aspect_ratio=True); CenterCrop(5, 5); RandomFlip(); RandomRotation(0.2); RandomZoom(0.2);
        RandomTranslation(0.2, 0.2); RandomContrast(0.2); RandomBrightness(0.2); RandomCrop(5, 5); RandomHeight(0.2);
        RandomWidth(0.2); BatchNormalization(synchronized=True)
    """,
    (None, 5, 6, 6, 2): """
        ConvLSTM2D(3, 2); TimeDistributed(K.Conv2D(3, 2))
    """,
    (None, 5, 6, 2): """
        ConvLSTM1D(3, 2)
    """,
    CUBE: """
        Conv3D(3, 2); Conv3DTranspose(3, 2); MaxPooling3D(); AveragePooling3D(); GlobalMaxPooling3D();
        GlobalAveragePooling3D(); UpSampling3D(2); ZeroPadding3D(1); Cropping3D(1); SpatialDropout3D(0.5)
    """,
}
PAIRS = """
Add(); Subtract(); Multiply(); Average(); Maximum(); Minimum(); Concatenate(); Dot(-1); Attention(); AdditiveAttention();
MultiHeadAttention(2, 3); Attention(use_scale=True, score_mode='concat')
"""
INTEGERS = """
Embedding(9, 3, mask_zero=True); CategoryEncoding(9); CategoryEncoding(9, output_mode='count'); Hashing(5);
IntegerLookup(vocabulary=[3, 5]); IntegerLookup(vocabulary=[3, 5], output_mode='multi_hot')
"""
STRINGS = [
    lambda: K.Hashing(5),
    lambda: K.Hashing(5, salt=3),
    lambda: K.StringLookup(vocabulary=WORDS),
    lambda: K.StringLookup(vocabulary=WORDS, output_mode="count"),
    lambda: K.StringLookup(vocabulary=WORDS, num_oov_indices=0),
    texts(),
    texts(ngrams=2),
    texts(output_mode="tf_idf"),
    texts(output_mode="multi_hot"),
    texts(split="character"),
    texts(output_sequence_length=3),
    texts(ragged=True),
    texts(standardize=None, split=None),
]

# Functions by the inputs that they take: x and y (None, 4), i the same of int32, b of bool, m (None, 3, 3), p (None, 8, 8, 3),
# s (None,) strings, t (None, 16).
FUNCTIONS = """
tf.abs(x) tf.acosh(1+tf.abs(x)) tf.math.add_n([x,y]) tf.argsort(x) tf.math.argmax(x,-1) tf.math.atan2(x,y)
tf.sort(x,direction='DESCENDING') tf.math.ceil(x) tf.clip_by_norm(x,1.0) tf.clip_by_value(x,-1.0,1.0)
tf.math.confusion_matrix(i[:,0],i[:,1],9) tf.math.count_nonzero(x,-1) tf.cumsum(x,-1) tf.math.cumprod(x,-1)
tf.math.cumulative_logsumexp(x,-1) tf.math.divide_no_nan(x,y) tf.math.erfcinv(tf.sigmoid(x)) tf.math.ndtri(tf.sigmoid(x))
tf.math.floormod(x,y) tf.math.igamma(tf.abs(x),tf.abs(y)) tf.math.igammac(tf.abs(x),tf.abs(y))
tf.math.betainc(tf.abs(x),tf.abs(y),tf.sigmoid(x)) tf.math.polygamma(1.0+0*x,tf.abs(y)) tf.math.zeta(2+tf.abs(x),1+tf.abs(y))
tf.math.in_top_k(i[:,0],x,2) tf.math.is_strictly_increasing(x)
tf.math.l2_normalize(x,-1) tf.math.lbeta(tf.abs(x)) tf.math.lgamma(x) tf.math.log_sigmoid(x) tf.math.logical_xor(b,b)
tf.math.multiply_no_nan(x,y) tf.math.nextafter(x,y) tf.linalg.normalize(x,axis=-1)[0] tf.math.reciprocal_no_nan(x)
tf.reduce_all(b,-1) tf.reduce_any(b,-1) tf.math.reduce_euclidean_norm(x,-1) tf.reduce_logsumexp(x,-1) tf.reduce_max(x,-1)
tf.reduce_mean(x,-1) tf.reduce_prod(x,-1) tf.math.reduce_std(x,-1) tf.math.reduce_variance(x,-1) tf.math.rsqrt(x)
tf.math.segment_sum(x,[0,0,1]) tf.math.unsorted_segment_mean(x,i[:,0],9) tf.math.unsorted_segment_sqrt_n(x,i[:,0],9)
tf.math.sobol_sample(4,3)+x[0,0] tf.math.softplus(x) tf.math.special.dawsn(x) tf.math.special.expint(tf.abs(x))
tf.math.special.fresnel_cos(x) tf.math.special.fresnel_sin(x) tf.math.special.spence(tf.abs(x))
tf.math.special.bessel_j0(x) tf.math.special.bessel_j1(x) tf.math.special.bessel_y0(tf.abs(x))
tf.math.special.bessel_y1(tf.abs(x)) tf.math.special.bessel_k0(tf.abs(x)) tf.math.special.bessel_k0e(tf.abs(x))
tf.math.special.bessel_k1(tf.abs(x)) tf.math.special.bessel_k1e(tf.abs(x)) tf.math.special.bessel_i0(x)
tf.math.squared_difference(x,y) tf.math.top_k(x,2).values tf.math.approx_max_k(x,2)[0] tf.math.xdivy(x,y)
tf.math.xlog1py(x,tf.abs(y)) tf.math.xlogy(x,tf.abs(y)) tf.math.zero_fraction(x) tf.math.bincount(i) tf.math.truediv(i,3) i//3
i%3 tf.math.mod(x,y) tf.truncatediv(i,3) tf.truncatemod(i,3) x**2.0 -x ~i i&3 tf.bitwise.left_shift(i,i)
tf.histogram_fixed_width(x[0],[0.0,1.0],5) tf.histogram_fixed_width_bins(x,[0.0,1.0]) tf.bitcast(x,tf.int32)
tf.boolean_mask(x,b[:,0]) tf.where(b,x,y) tf.where(b) tf.broadcast_to(x[:1],tf.shape(x)) tf.cast(x,tf.float64)
tf.cast(x,tf.float16) tf.complex(x,y) tf.concat([x,y],-1) tf.dynamic_partition(x,i[:,0]%2,2)[0]
tf.dynamic_stitch([[0,1],[2]],[x[:2],x[2:3]]) tf.edit_distance(tf.sparse.from_dense(i),tf.sparse.from_dense(i)) tf.eye(3)+m
tf.fill([3],x[0,0]) tf.gather(x,[0,2],axis=1) tf.gather(x,i%4,axis=1,batch_dims=1) tf.gather_nd(x,[[0,0]])
tf.gather_nd(p,i[:,None,:2]%3,batch_dims=1) tf.linspace(0.0,1.0,5)+x[0,0] tf.meshgrid(x[0],y[0])[0] tf.one_hot(i,9)
tf.pad(x,[[0,0],[1,1]]) tf.pad(x,[[0,0],[1,1]],'REFLECT') tf.range(tf.shape(x)[0]) tf.rank(x)+i tf.repeat(x,2,axis=1)
tf.repeat(x,[1,2,1,1],axis=1) tf.reverse(x,[1]) tf.reverse_sequence(x,i[:,0],1) tf.roll(x,1,1)
tf.scatter_nd([[0],[2]],x[:2],[5,4]) tf.searchsorted(tf.sort(x),y) tf.sequence_mask(i[:,0],5) tf.shape_n([x,y])[0]+i[0,0]
tf.size(x)+i tf.slice(x,[0,1],[-1,2]) tf.space_to_batch(p,[2,2],[[0,0],[0,0]]) tf.split(x,2,1)[0] tf.squeeze(x[:,:1],1)
tf.stack([x,y],1) tf.strided_slice(x,[0,0],[2,4],[1,2]) tf.tensor_scatter_nd_update(x,[[0]],y[:1]) tf.tensordot(x,y,[[0],[0]])
tf.tile(x,[1,2]) tf.transpose(x) tf.unique(i[0])[0] tf.unique_with_counts(i[0])[2] tf.unravel_index(i[0],[9,9])
tf.unstack(x,axis=1)[0] tf.vectorized_map(lambda*r:r[0]*2.0,x) tf.map_fn(lambda*r:r[0]*2.0,x) tf.scan(lambda*r:r[0]+r[1],x)
tf.foldl(lambda*r:r[0]+r[1],x) tf.zeros_like(x) tf.ones_like(x) tf.identity(x) tf.guarantee_const(x)
tf.grad_pass_through(tf.abs)(x) tf.stop_gradient(x) tf.ensure_shape(x,[None,4]) tf.einsum('ij,kj->ik',x,y) tf.norm(x,axis=-1)
tf.random.stateless_uniform([4],[1,2])+x tf.random.stateless_normal([4],[1,2])+x tf.debugging.check_numerics(x,'m')
tf.numpy_function
tf.nn.avg_pool2d(p,2,2,'SAME') tf.nn.max_pool2d(p,2,2,'SAME') tf.nn.max_pool_with_argmax(p,2,2,'SAME')[0]
tf.nn.fractional_max_pool(p,1.5,seed=1)[0] tf.nn.atrous_conv2d(p,tf.ones([2,2,3,2]),2,'VALID')
tf.nn.bias_add(x,[1.0,2.0,3.0,4.0]) tf.nn.conv2d(p,tf.ones([2,2,3,2]),1,'SAME')
tf.nn.conv2d_transpose(p,tf.ones([2,2,2,3]),[tf.shape(p)[0],16,16,2],2) tf.nn.crelu(x)
tf.nn.depth_to_space(tf.concat([p,p[...,:1]],-1),2) tf.nn.dilation2d(p,tf.ones([2,2,3]),[1,1,1,1],'SAME','NHWC',[1,1,1,1])
tf.nn.erosion2d(p,tf.ones([2,2,3]),[1,1,1,1],'SAME','NHWC',[1,1,1,1]) tf.nn.elu(x) tf.nn.gelu(x) tf.nn.gelu(x,True)
tf.nn.leaky_relu(x) tf.nn.l2_loss(x) tf.nn.local_response_normalization(p) tf.nn.log_softmax(x) tf.nn.moments(x,[1])[1]
tf.nn.relu6(x) tf.nn.selu(x) tf.nn.silu(x) tf.nn.softmax(x) tf.nn.softmax_cross_entropy_with_logits(x,y)
tf.nn.sparse_softmax_cross_entropy_with_logits(i[:,0]%4,x) tf.nn.sigmoid_cross_entropy_with_logits(x,y) tf.nn.softsign(x)
tf.nn.space_to_depth(p,2) tf.nn.with_space_to_batch tf.nn.embedding_lookup(tf.ones([9,3]),i%9)
tf.nn.ctc_greedy_decoder(tf.transpose(m,[1,0,2]),i[:,0]*0+3)[0][0].values
tf.nn.ctc_beam_search_decoder(tf.transpose(m,[1,0,2]),i[:,0]*0+3)[0][0].values
tf.nn.batch_normalization(x,1.0,2.0,0.5,0.1,1e-3) tf.nn.weighted_moments(x,[1],y)[0]
tf.image.resize(p,[5,6]) tf.image.resize(p,[5,6],antialias=True) tf.image.resize(p,[12,13],'lanczos5')
tf.image.resize(p,[5,6],'lanczos3',antialias=True) tf.image.resize(p,[5,6],'gaussian')
tf.image.resize(p,[5,6],'mitchellcubic') tf.image.resize(p,[5,6],'area') tf.image.resize(p,[5,6],'bicubic')
tf.image.resize(p,[5,6],'nearest') tf.image.resize(p,[5,7],preserve_aspect_ratio=True) tf.image.resize_with_pad(p,5,7)
tf.image.resize_with_crop_or_pad(p,5,9) tf.image.central_crop(p,0.5) tf.image.crop_to_bounding_box(p,1,1,4,4)
tf.image.crop_and_resize(p,[[0.0,0.0,0.5,0.5]],[0],[4,4]) tf.image.extract_glimpse(p,[3,3],x[:,:2])
tf.image.extract_patches(p,[1,2,2,1],[1,1,1,1],[1,1,1,1],'VALID') tf.image.flip_left_right(p) tf.image.flip_up_down(p)
tf.image.rot90(p) tf.image.transpose(p) tf.image.adjust_brightness(p,0.1) tf.image.adjust_contrast(p,1.5)
tf.image.adjust_gamma(tf.abs(p),2.0) tf.image.adjust_hue(p,0.1) tf.image.adjust_saturation(p,1.5)
tf.image.per_image_standardization(p) tf.image.rgb_to_grayscale(p) tf.image.rgb_to_hsv(p) tf.image.hsv_to_rgb(p)
tf.image.rgb_to_yiq(p) tf.image.rgb_to_yuv(p) tf.image.yuv_to_rgb(p) tf.image.grayscale_to_rgb(p[...,:1])
tf.image.convert_image_dtype(p,tf.uint8) tf.image.image_gradients(p)[0] tf.image.sobel_edges(p) tf.image.total_variation(p)
tf.image.psnr(p,p,1.0) tf.image.ssim(tf.image.resize(p,[16,16]),tf.image.resize(p,[16,16]),1.0,filter_size=5)
tf.image.non_max_suppression(tf.abs(x),x[:,0],3)
tf.image.combined_non_max_suppression(tf.abs(x)[None,:,None],x[None,:,:2],3,3)[0] tf.image.pad_to_bounding_box(p,1,1,12,12)
tf.image.encode_png(tf.cast(p[0],tf.uint8)) tf.image.draw_bounding_boxes(p,tf.abs(x)[:,None],[[1.0,0.0,0.0]])
tf.io.decode_raw(s,tf.uint8,fixed_length=4) tf.io.decode_base64(tf.io.encode_base64(s)) tf.image.decode_jpeg(s[0])
tf.image.decode_image(s[0],expand_animations=False) tf.image.decode_png(s[0]) tf.io.parse_tensor(s[0],tf.float32)
tf.io.parse_example(s,{'a':tf.io.FixedLenFeature([2],tf.float32)})['a'] tf.io.decode_csv(s,[[0.0]])[0]
tf.io.decode_json_example(s)
tf.linalg.band_part(m,1,1) tf.linalg.cholesky(m@tf.transpose(m,[0,2,1])+9*tf.eye(3)) tf.linalg.det(m) tf.linalg.diag(x)
tf.linalg.diag_part(m) tf.linalg.set_diag(m,x[:,:3]) tf.linalg.tensor_diag(x[0]) tf.linalg.tensor_diag_part(m[0])
tf.linalg.eigh(m)[0] tf.linalg.eigvalsh(m) tf.linalg.expm(m) tf.linalg.inv(m)
tf.linalg.logdet(m@tf.transpose(m,[0,2,1])+9*tf.eye(3)) tf.linalg.lstsq(m,m) tf.linalg.lu(m)[0]
tf.linalg.matmul(m,m,transpose_b=True) tf.linalg.matvec(m,x[:,:3]) tf.linalg.matrix_transpose(m) tf.linalg.norm(m,axis=[1,2])
tf.linalg.pinv(m) tf.linalg.qr(m)[1] tf.linalg.slogdet(m)[1] tf.linalg.solve(m,m) tf.linalg.sqrtm(m@tf.transpose(m,[0,2,1]))
tf.linalg.svd(m)[0] tf.linalg.trace(m) tf.linalg.triangular_solve(m+9*tf.eye(3),m) tf.linalg.cross(m,m)
tf.linalg.tridiagonal_matmul([m,m,m],m) tf.linalg.global_norm([x,y]) tf.linalg.cholesky_solve(m,m) tf.linalg.l2_normalize(x,1)
tf.linalg.experimental.conjugate_gradient
tf.signal.stft(t,8,4) tf.abs(tf.signal.stft(t,8,4)) tf.signal.rfft(t) tf.abs(tf.signal.rfft(t))
tf.signal.irfft(tf.signal.rfft(t)) tf.abs(tf.signal.fft(tf.cast(t,tf.complex64)))
tf.math.real(tf.signal.fft2d(tf.cast(m,tf.complex64))) tf.math.angle(tf.signal.rfft(t)) tf.signal.dct(t) tf.signal.idct(t)
tf.signal.mdct(t,8) tf.signal.frame(t,8,4) tf.signal.overlap_and_add(m,2) tf.signal.hann_window(8)+t[0,:8]
tf.signal.mfccs_from_log_mel_spectrograms(t)
tf.tensordot(tf.abs(tf.signal.stft(t,8,4)),tf.signal.linear_to_mel_weight_matrix(4,5,8000,100.0,3000.0),1)
tf.signal.inverse_stft(tf.signal.stft(t,8,4),8,4)
tf.strings.as_string(x) tf.strings.as_string(x,precision=2) tf.strings.bytes_split(s).to_tensor() tf.strings.format('{}',x[0])
tf.strings.join([s,s],'-') tf.strings.length(s) tf.strings.lower(s) tf.strings.upper(s)
tf.strings.ngrams(tf.strings.split(s),2).to_tensor() tf.strings.reduce_join(s) tf.strings.regex_full_match(s,'a.*')
tf.strings.regex_replace(s,'a','b') tf.strings.split(s).to_tensor() tf.strings.strip(s) tf.strings.substr(s,0,2)
tf.strings.to_hash_bucket(s,9) tf.strings.to_hash_bucket_fast(s,9) tf.strings.to_hash_bucket_strong(s,9,[1,2])
tf.strings.to_number(tf.strings.as_string(x)) tf.strings.unicode_decode(s,'UTF-8').to_tensor()
tf.strings.unicode_encode(tf.strings.unicode_decode(s,'UTF-8'),'UTF-8') tf.strings.unicode_script(i)
tf.strings.unicode_split(s,'UTF-8').to_tensor() tf.strings.unicode_transcode(s,'UTF-8','UTF-16-BE')
tf.strings.unsorted_segment_join(s,i[:,0],9)
tf.ragged.range([1,2,3]).to_tensor()+i[0,0] tf.ragged.boolean_mask(x,b).to_tensor() tf.RaggedTensor.from_tensor(x).to_tensor()
tf.RaggedTensor.from_tensor(x,lengths=i[:,0]%4).to_tensor() tf.RaggedTensor.from_tensor(i,padding=0).row_lengths()
tf.reduce_sum(tf.RaggedTensor.from_tensor(x,lengths=i[:,0]%4),axis=1)
tf.reduce_max(tf.RaggedTensor.from_tensor(x,lengths=i[:,0]%4),axis=1)
tf.concat([tf.RaggedTensor.from_tensor(x),tf.RaggedTensor.from_tensor(y)],1).to_tensor()
tf.gather(tf.RaggedTensor.from_tensor(x),[0,1]).to_tensor() tf.RaggedTensor.from_value_rowids(x,i[:,0]*0).to_tensor()
tf.sparse.to_dense(tf.sparse.from_dense(x)) tf.sparse.sparse_dense_matmul(tf.sparse.from_dense(x),tf.ones([4,3]))
tf.sparse.reduce_sum(tf.sparse.from_dense(x),1) tf.sparse.softmax(tf.sparse.from_dense(x)).values
tf.nn.embedding_lookup_sparse(tf.ones([9,3]),tf.sparse.from_dense(i%9),None,combiner='mean')
tf.sparse.reorder(tf.sparse.from_dense(x)).values tf.sparse.slice(tf.sparse.from_dense(x),[0,0],[2,2]).values
tf.sparse.transpose(tf.sparse.from_dense(x)).values tf.sets.size(tf.sets.intersection(i,i))
tf.sparse.cross_hashed([tf.sparse.from_dense(i)],9).values tf.quantization.fake_quant_with_min_max_args(x)
tf.quantization.fake_quant_with_min_max_vars(x,-1.0,1.0)
tf.quantization.fake_quant_with_min_max_vars_per_channel(x,[-1.0]*4,[1.0]*4)
tf.quantization.quantize_and_dequantize_v2(x,-1.0,1.0) tf.random.uniform([4])+x tf.random.normal([4])+x tf.nn.dropout(x,0.5)
tf.random.categorical(x,2) tf.random.shuffle(x)
"""
FLOATS = {"x": ROWS, "y": ROWS, "m": (None, 3, 3), "p": IMAGE, "t": (None, 16)}
SPECS = {name: tf.TensorSpec(shape, tf.float32, name=name) for name, shape in FLOATS.items()}
SPECS.update(
    i=tf.TensorSpec(ROWS, tf.int32, name="i"),
    b=tf.TensorSpec(ROWS, tf.bool, name="b"),
    s=tf.TensorSpec((None,), tf.string, name="s"),
)


def of_layer(build, specs):
    layer = build()

    def call(*inputs):
        given = list(inputs) if len(inputs) > 1 and not isinstance(layer, K.MultiHeadAttention) else inputs
        return layer(given) if isinstance(given, list) else layer(*given)

    return layer, tf.function(call, input_signature=specs)


def of_text(text):
    names = [name for name in SPECS if re.search(rf"\b{name}\b(?!\()", re.sub(r"'[^']*'|\.\w+|\w+=", "", text))]
    exec_in = {"tf": tf}
    body = eval(f"lambda {', '.join(names)}: {text}", exec_in)
    return tf.Module(), tf.function(body, input_signature=[SPECS[name] for name in names])


def parts(text):
    return [part.strip() for part in text.split(";")]


def all_models():
    for shape, layers in LAYERS.items():
        for text in parts(layers):
            yield text, lambda text=text, shape=shape: of_layer(
                lambda: eval("K." + text, {"K": K}), [tf.TensorSpec(shape, name="x")]
            )
    for text in parts(PAIRS):
        yield text, lambda text=text: of_layer(
            lambda: eval("K." + text, {"K": K}), [tf.TensorSpec(SERIES, name=name) for name in "xy"]
        )
    for text in parts(INTEGERS):
        yield text, lambda text=text: of_layer(lambda: eval("K." + text, {"K": K}), [tf.TensorSpec(ROWS, tf.int64, name="x")])
    for number, build in enumerate(STRINGS):
        yield f"text {number}", lambda build=build: of_layer(build, [tf.TensorSpec((None, 1), tf.string, name="x")])
    for text in FUNCTIONS.split():
        if "(" in text or text[0] in "-~ix":
            yield text, lambda text=text: of_text(text)


def main():
    """One SavedModel whose function calls all of them: `inspect` then names every operation that is missing, with its count."""
    program, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    holder, calls = tf.Module(), []
    for name, build in all_models():
        if not re.search(pattern, name):
            continue
        try:
            model, function = build()
            function.get_concrete_function()
        except Exception as error:  # TensorFlow itself cannot
            print(f"TensorFlow refuses {name}: {str(error).splitlines()[0][:100]}")
            continue
        lookup = getattr(model, "_lookup_layer", model)  # Keras would save functions of each layer beside
        setattr(
            holder,
            f"kept_{len(calls)}",
            [
                *function.get_concrete_function().graph.variables,
                *([lookup.lookup_table] if hasattr(lookup, "lookup_table") else []),
            ],
        )
        calls.append((name, function))
    specs, results = {}, {}
    for number, (name, function) in enumerate(calls):
        specs[number] = [
            tf.TensorSpec(spec.shape, spec.dtype, name=f"x{number}_{k}") for k, spec in enumerate(function.input_signature)
        ]

    def everything(*inputs):
        given = iter(inputs)
        for number, (name, function) in enumerate(calls):
            values = tf.nest.flatten(
                function.get_concrete_function()(*[next(given) for _ in specs[number]]), expand_composites=True
            )
            results.update(
                {f"y{number}_{k}": value for k, value in enumerate(values) if value.dtype not in (tf.complex64, tf.variant)}
            )
        return results

    whole = tf.function(everything, input_signature=[spec for group in specs.values() for spec in group])
    ops = collections.defaultdict(list)
    for name, function in calls:
        graph = function.get_concrete_function().graph.as_graph_def()
        for op in {node.op for nodes in [graph.node, *(f.node_def for f in graph.library.function)] for node in nodes}:
            ops[op].append(name)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(holder, folder, signatures={"serving_default": whole})
        done = subprocess.run([program, "inspect", folder], capture_output=True, text=True, timeout=600)
    found = re.search(r"operations of TensorFlow that are not supported: (.*)", done.stderr)
    print(f"{len(calls)} traced, {len(ops)} operations")
    missing = re.findall(r"(\w+) \((\d+) in", found[1]) if found else []
    for op, count in sorted(missing, key=lambda pair: (-len(ops[pair[0]]), pair[0])):
        print(f"{len(ops[op]):4} {op}: {'  '.join(ops[op][:3])}")
    if not found:
        print(done.stderr or "all run")


main()
