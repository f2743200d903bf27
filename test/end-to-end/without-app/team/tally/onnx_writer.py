"""Writes the little of ONNX's protobuf form that a logistic regression needs."""
import struct


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def part(field, value):
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, shape, values):
    dims = b"".join(number(1, size) for size in shape)
    return dims + number(2, 1) + part(8, name) + part(9, struct.pack(f"<{len(values)}f", *values))


def port(name, width):
    dims = part(1, part(2, "rows")) + part(1, number(1, width))
    return part(1, name) + part(2, part(1, number(1, 1) + part(2, dims)))


def node(op, inputs, output):
    return b"".join(part(1, name) for name in inputs) + part(2, output) + part(3, op.lower()) + part(4, op)


def logistic(weights, bias):
    graph = (
        part(1, node("MatMul", ["features", "weights"], "product"))
        + part(1, node("Add", ["product", "bias"], "sum"))
        + part(1, node("Sigmoid", ["sum"], "score"))
        + part(2, "logistic")
        + part(5, tensor("weights", [len(weights), 1], weights))
        + part(5, tensor("bias", [1], [bias]))
        + part(11, port("features", len(weights)))
        + part(12, port("score", 1))
    )
    return number(1, 8) + part(2, "tally") + part(7, graph) + part(8, part(1, "") + number(2, 17))
