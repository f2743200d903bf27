"""Writes models of other formats than pickle as their libraries do, ordinary ones and such as scanners must hold, into two folders."""
import json, os, sys, warnings

os.environ["KERAS_BACKEND"] = "jax"
warnings.filterwarnings("ignore")
good, bad = sys.argv[1:]
import numpy as np

rng = np.random.default_rng(0)


def tensors():
    from safetensors.numpy import save_file

    save_file({"a": rng.random((3, 4)).astype("float32"), "b": np.arange(5), "empty": np.zeros((0, 2))}, f"{good}/plain.safetensors")
    save_file({"w": rng.random((64, 64)).astype("float16")}, f"{good}/metadata.safetensors", metadata={"format": "pt", "note": "ü"})
    data = open(f"{good}/plain.safetensors", "rb").read()
    open(f"{bad}/trailing.safetensors", "wb").write(data + b"more")


def gguf_files():
    import gguf

    def write(path, template):
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_name("tiny")
        writer.add_context_length(128)
        writer.add_token_list([b"<s>", b"</s>", "ä".encode()])
        writer.add_token_scores([0.0, 0.5, 1.0])
        writer.add_chat_template(template)
        writer.add_tensor("a.weight", rng.random((4, 32)).astype("float32"))
        writer.add_tensor("b.weight", rng.random((3,)).astype("float16"))
        quantized = gguf.quants.quantize(rng.random((2, 64)).astype("float32"), gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor("c.weight", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    write(f"{good}/model.gguf", "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{% endfor %}")
    write(f"{bad}/template.gguf", "{{ ''.__class__.__mro__[1].__subclasses__() }}")


def onnx_models():
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def model(nodes, initializers=(), opsets=(("", 20),), **more):
        value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 4])
        graph = helper.make_graph(nodes, "g", [value("x")], [value("y")], initializer=list(initializers))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid(*one) for one in opsets], **more)

    weight = numpy_helper.from_array(rng.random((4, 4)).astype("float32"), "w")
    plain = model([helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])], [weight])
    plain.metadata_props.add(key="author", value="ada")
    onnx.checker.check_model(plain)
    onnx.save(plain, f"{good}/plain.onnx")
    branch = lambda op: helper.make_graph([helper.make_node(op, ["x"], ["b"])], op, [], [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)])
    condition = helper.make_node("Constant", [], ["c"], value=helper.make_tensor("v", TensorProto.BOOL, [], [True]))
    onnx.save(model([condition, helper.make_node("If", ["c"], ["y"], then_branch=branch("Relu"), else_branch=branch("Abs"))]), f"{good}/branches.onnx")
    onnx.save(onnx.shape_inference.infer_shapes(plain), f"{good}/shapes.onnx")
    own = helper.make_function("own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 20)])
    onnx.save(model([helper.make_node("Twice", ["x"], ["y"], domain="own")], opsets=(("", 20), ("own", 1)), functions=[own]), f"{good}/function.onnx")
    onnx.save(model([helper.make_node("Run", ["x"], ["y"], domain="com.example")], opsets=(("", 20), ("com.example", 1))), f"{bad}/custom-operator.onnx")
    outside = model([helper.make_node("MatMul", ["x", "w"], ["y"])], [numpy_helper.from_array(rng.random((64, 64)).astype("float32"), "w")])
    onnx.save(outside, f"{bad}/external.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    os.remove(f"{bad}/weights.bin")


def hdf5():
    import h5py

    with h5py.File(f"{good}/data.h5", "w") as file:
        file.attrs["note"] = "text"
        group = file.create_group("layers/dense")
        group.create_dataset("kernel", data=rng.random((8, 8)), compression="gzip", shuffle=True, chunks=(4, 4))
        group.create_dataset("names", data=np.array([b"a", b"bc"]))
        labels = [f"gene_{index}_été" for index in range(500)]
        group.create_dataset("labels", data=labels, dtype=h5py.string_dtype())
        group.create_dataset("packed", data=np.array([text.encode() for text in labels]), compression="gzip", shuffle=True, fletcher32=True)
        group["again"] = h5py.SoftLink("/layers/dense/kernel")
    with h5py.File(f"{bad}/text.h5", "w") as file:
        configs = [b"{}", b'{"class_name": "Lambda", "config": {}}']
        file.create_dataset("model_config", data=np.array(configs), compression="gzip", shuffle=True, fletcher32=True, chunks=(1,))
    with h5py.File(f"{bad}/link.h5", "w") as file:
        file["other"] = h5py.ExternalLink("other.h5", "/a")
    with h5py.File(f"{bad}/raw.h5", "w") as file:
        file.create_dataset("a", (4,), "f8", external=[("/etc/passwd", 0, 32)])
    with h5py.File(f"{bad}/virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource("other.h5", "a", (4,))
        file.create_virtual_dataset("a", layout)


def hdf5_records():
    import h5py

    inner = np.dtype([("label", "S60"), ("n", "i2")])
    record = np.dtype([("id", "i4"), ("name", "S40"), ("x", "f8", (3,)), ("tags", "S20", (2,)), ("inner", inner), ("kind", h5py.enum_dtype({"A": 0, "B": 1}))])
    rows = np.zeros(100, record)
    rows["name"] = b"some label of a row"
    texts = np.zeros(5, np.dtype([("id", "i4"), ("text", h5py.string_dtype())]))
    texts["text"] = ["a text of a row"] * 5
    pickled = b"cos\nsystem\n(S'echo 1234567'\ntR."
    for folder, value in ((good, b"an ordinary label, as long as others"), (bad, pickled)):
        for where in ("name", "tags", "inner"):
            some = rows.copy()
            if where == "name":
                some["name"][57] = value
            elif where == "tags":
                some["tags"][57][1] = value[:20] if folder == good else b"cos\nsystem\n(Vid\ntR."
            else:
                some["inner"]["label"][57] = value
            with h5py.File(f"{folder}/record-{where}.h5", "w") as file:
                file["plain"] = some
                file.create_dataset("packed", data=some, chunks=(10,), compression="gzip", shuffle=True)
                file.attrs["some"] = some[56:59]
        some = texts.copy()
        some["text"][3] = value
        with h5py.File(f"{folder}/record-text.h5", "w") as file:
            file["rows"] = some
        with h5py.File(f"{folder}/record-sequence.h5", "w") as file:
            file.create_dataset("rows", (1,), dtype=h5py.vlen_dtype(np.dtype("S40")))[0] = np.array([b"one", value], "S40")


def keras_models():
    import keras
    from keras import layers

    def save(folder, name, *inner, shape=(8,)):
        model = keras.Sequential([keras.Input(shape), *inner])
        model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        for ending in ("keras", "h5"):
            model.save(f"{folder}/{name}.{ending}")

    save(good, "dense", layers.Dense(4, "relu", kernel_regularizer=keras.regularizers.L2(0.1)), layers.Dropout(0.5), layers.Dense(1, "sigmoid"))
    save(good, "image", layers.Conv2D(2, 3), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2, "softmax"), shape=(8, 8, 1))
    save(good, "sequence", layers.Embedding(10, 4), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1), shape=(5,))
    inputs = keras.Input((4,))
    joined = layers.Concatenate()([layers.Dense(2, name="a")(inputs), layers.Normalization(name="n")(inputs)])
    keras.Model(inputs, layers.Add()([layers.Dense(3)(joined), layers.Dense(3)(joined)])).save(f"{good}/functional.keras")
    save(bad, "lambda", layers.Lambda(lambda x: x * 2))


def skops_models():
    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = rng.random((20, 3)), np.arange(20) % 2
    skops.io.dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y), f"{good}/pipeline.skops")


def flax_parameters():
    import jax.numpy as jnp
    from flax import serialization

    numbers = {"kernel": rng.random((16, 32)).astype("f4"), "bias": jnp.ones(32, jnp.bfloat16), "none": np.zeros((0, 5))}
    open(f"{good}/parameters.msgpack", "wb").write(serialization.to_bytes({"params": {"Dense_0": numbers}}))
    state = {"step": 3, "moments": ({"count": np.int32(3)}, {}), "rate": 1e-3, "phase": 1 + 2j, "far": -(2**40), "on": True, "no": None}
    open(f"{good}/state.msgpack", "wb").write(serialization.to_bytes(state))
    serialization.MAX_CHUNK_SIZE = 1000
    open(f"{good}/chunks.msgpack", "wb").write(serialization.msgpack_serialize({"a": rng.random(1000)}))


def images():
    from PIL import Image

    first, second = (Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)) for _ in range(2))
    both = {"save_all": True, "append_images": [second, first]}
    exif = Image.Exif()
    exif[0x010E] = "a plot"
    first.save(f"{good}/baseline.jpg")
    first.save(f"{good}/progressive.jpg", progressive=True, exif=exif, comment=b"a plot", restart_marker_rows=1)
    first.convert("CMYK").save(f"{good}/cmyk.jpg")
    first.save(f"{good}/still.gif")
    first.save(f"{good}/moving.gif", loop=0, duration=100, comment=b"x" * 600, **both)
    first.save(f"{good}/lossy.webp", exif=exif, xmp=b"<x/>")
    first.save(f"{good}/lossless.webp", lossless=True)
    first.convert("RGBA").save(f"{good}/moving.webp", **both)
    first.quantize().save(f"{good}/palette.png")
    first.save(f"{good}/moving.png", **both)


def tables():
    import polars, pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"a": list(range(3000)), "b": [f"x{row % 7}" for row in range(3000)], "c": [[1.5], None, []] * 1000})
    parquet.write_table(table, f"{good}/index.parquet", write_page_index=True, row_group_size=900, compression="zstd")
    parquet.write_table(table, f"{good}/bloom.parquet", bloom_filter_options={"b": True})
    polars.from_arrow(table).write_parquet(f"{good}/polars.parquet", statistics="full")
    metadata = parquet.read_metadata(f"{good}/index.parquet")
    metadata.set_file_path("index.parquet")
    metadata.write_metadata_file(f"{good}/_metadata")
    metadata.set_file_path("../index.parquet")
    metadata.write_metadata_file(f"{bad}/_metadata")
    # As releases of pyarrow before 14.0.1 wrote a type of Python, which they unpickled when they read it.
    marks = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": "N."}
    schema = pa.schema([pa.field("a", pa.int32(), metadata=marks)])
    parquet.write_table(pa.Table.from_arrays([pa.array([1], pa.int32())], schema=schema), f"{bad}/type.parquet")


for write in (tensors, gguf_files, onnx_models, hdf5, hdf5_records, keras_models, skops_models, flax_parameters, images, tables):
    write()
