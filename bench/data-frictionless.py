"""The checks of data-contract.ts with Frictionless: a Table Schema with constraints, and rows compared by primary key."""

import sys

from frictionless import Resource, Schema, system, validate

CODE = {"required": True, "minLength": 3, "maxLength": 3, "pattern": "[A-Z]{3}"}
schema = Schema.from_descriptor(
    {
        "fields": [
            {"name": "date", "type": "datetime", "format": "any", "constraints": {"required": True}},
            {"name": "delay", "type": "integer", "constraints": {"required": True, "minimum": -2000, "maximum": 2000}},
            {"name": "distance", "type": "integer", "constraints": {"required": True, "minimum": 1, "maximum": 6000}},
            {"name": "origin", "type": "string", "constraints": CODE},
            {"name": "destination", "type": "string", "constraints": CODE},
        ],
        "primaryKey": ["date", "delay", "distance", "origin", "destination"],
    }
)
with system.use_context(trusted=True):
    print(validate(Resource(path=sys.argv[1], schema=schema)).stats)
