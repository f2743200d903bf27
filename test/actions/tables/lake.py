"""Makes the tables of tables.counterpart.test.ts in a bucket, and says what they are as JSON."""
import json, sys
import deltalake
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

endpoint, scratch = sys.argv[1:]
keys = {'AWS_ENDPOINT_URL': endpoint, 'AWS_ACCESS_KEY_ID': 'testing', 'AWS_SECRET_ACCESS_KEY': 'testing',
        'AWS_REGION': 'us-east-1', 'AWS_ALLOW_HTTP': 'true', 'aws_conditional_put': 'etag'}


def rows(ids, label=0):
    return pa.table({'id': pa.array(ids), 'text': [f't {one}' for one in ids], 'label': pa.array([label for _ in ids])})


def delta(name):
    at = f's3://team-data/{name}'
    deltalake.write_deltalake(at, rows([3, 1]), storage_options=keys)
    deltalake.write_deltalake(at, rows([2], 1), mode='append', storage_options=keys)
    return deltalake.DeltaTable(at, storage_options=keys)


table = delta('tables/rows')
table.delete('id = 3')
deltalake.write_deltalake('s3://team-data/tables/parts',
                          pa.table({'k': ['a b', 'c%d', None], 'id': [1, 2, 3]}),
                          partition_by=['k'], storage_options=keys)
catalog = SqlCatalog('c', uri=f'sqlite:///{scratch}/catalog.db', warehouse='s3://team-data/lake', **{
    's3.endpoint': endpoint, 's3.access-key-id': 'testing', 's3.secret-access-key': 'testing', 's3.region': 'us-east-1'})
catalog.create_namespace('n')
ice = catalog.create_table('n.t', schema=rows([1]).schema)
ice.append(rows([3, 1]))
ice.append(rows([2], 1))
deltalake.write_deltalake(f'{scratch}/plain', rows([1]))
log = open(f'{scratch}/plain/_delta_log/00000000000000000000.json').read()
print(json.dumps({'log': log, 'metadata': ice.metadata_location, 'snapshots': [str(s.snapshot_id) for s in ice.metadata.snapshots]}))
