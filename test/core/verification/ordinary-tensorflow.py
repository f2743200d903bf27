"""Saves models with TensorFlow into the folder that is given: ordinary ones, and one for each thing that is held."""
import json, os, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
folder = sys.argv[1]
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

FLOAT = tf.TensorSpec([], tf.float32)
TEXT = tf.TensorSpec([], tf.string)


def path(*names):
    return os.path.join(folder, *names)


def module(function, spec):
    made = tf.Module()
    made.weight = tf.Variable(1.0)
    made.call = tf.function(function, input_signature=[spec])
    return made


def printed(value):
    tf.print(value)
    tf.debugging.assert_greater(value, 0.0)
    return value


def looked_up():
    with open(path("vocabulary.txt"), "w") as file:
        file.write("a\nb\n")
    made = tf.Module()
    lines = tf.lookup.TextFileInitializer(
        path("vocabulary.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    made.table = tf.lookup.StaticHashTable(lines, -1)
    made.call = tf.function(lambda word: made.table.lookup(word), input_signature=[TEXT])
    return made


def networks():
    layers = tf.keras.layers
    dense = tf.keras.Sequential([layers.Input((4,)), layers.Dense(3, "relu"), layers.BatchNormalization(), layers.Dense(2)])
    dense.compile("adam", "mse")
    dense.fit(tf.zeros([4, 4]), tf.zeros([4, 2]), verbose=0)
    words = layers.Input((8,))
    return dense, tf.keras.Model(words, layers.LSTM(4)(layers.Embedding(10, 4)(words)))


def first_version():
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        given = v1.placeholder(tf.float32, [None])
        made = given * v1.get_variable("w", [1])
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, path("clean", "first"), {"x": given}, {"y": made})


def lite(name, converter, operators=None):
    if operators:
        converter.target_spec.supported_ops = operators
    with open(path("clean", f"{name}.tflite"), "wb") as file:
        file.write(converter.convert())


def writes(value):
    tf.io.write_file("/nowhere/a", value)
    return value


def prints(value):
    tf.print(value, output_stream="file:///nowhere/a")
    return value


tf.saved_model.save(module(lambda value: value + 1, FLOAT), path("clean", "sum"))
tf.saved_model.save(module(printed, FLOAT), path("clean", "printed"))
tf.saved_model.save(looked_up(), path("clean", "table"))
dense, recurrent = networks()
tf.saved_model.save(dense, path("clean", "dense"))
recurrent.export(path("clean", "recurrent"), verbose=False)
first_version()
sets = tf.lite.OpsSet
lite("dense", tf.lite.TFLiteConverter.from_keras_model(dense))
lite("recurrent", tf.lite.TFLiteConverter.from_saved_model(path("clean", "recurrent")), [sets.TFLITE_BUILTINS, sets.SELECT_TF_OPS])
tf.saved_model.save(module(tf.io.read_file, TEXT), path("held", "reads"))
tf.saved_model.save(module(writes, TEXT), path("held", "writes"))
tf.saved_model.save(module(prints, FLOAT), path("held", "prints"))
tf.saved_model.save(module(lambda value: tf.py_function(lambda given: given, [value], tf.float32), FLOAT), path("held", "python"))
listed = op_def_pb2.OpList()
listed.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
with open(path("operators.json"), "w") as file:
    json.dump([operator.name for operator in listed.op], file)
