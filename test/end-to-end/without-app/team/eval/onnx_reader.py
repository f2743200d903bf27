"""Reads the tensors of an ONNX file: protobuf's wire form, and nothing else of it."""
import struct


def fields(data):
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            size = varint()
            yield key >> 3, data[at : at + size]
            at += size


def tensors(model):
    graph = dict(fields(model))[7]
    found = {}
    for field, value in fields(graph):
        if field == 5:
            inner = dict(fields(value))
            found[inner[8].decode()] = struct.unpack(f"<{len(inner[9]) // 4}f", inner[9])
    return found
