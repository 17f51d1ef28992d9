"""A Modbus TCP device of pymodbus on loopback, for specs: addresses that were never set do not exist.

Reads one JSON object per line: {"table": "holding", "register": 0, "encode": [["32bit_float", 1.5]], "wordorder": "big"} encodes values
by pymodbus's own payload builder, {"table": "coil", "register": 3, "bits": [true]} sets bits. Each line is answered with "ok". The first
line printed is the port: the argument, or a free one when that is 0. Ends with its standard input.
"""
import asyncio
import json
import logging
import sys

from pymodbus.constants import Endian
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.payload import BinaryPayloadBuilder
from pymodbus.server.async_io import ModbusTcpServer

TABLES = {"coil": "c", "discrete": "d", "holding": "h", "input": "i"}
ORDERS = {"big": Endian.Big, "little": Endian.Little}


def registers(line):
    builder = BinaryPayloadBuilder(byteorder=ORDERS["big"], wordorder=ORDERS[line.get("wordorder", "big")])
    for kind, value in line["encode"]:
        getattr(builder, "add_" + kind)(value)
    return builder.to_registers()


async def main():
    blocks = {kind: ModbusSparseDataBlock({}) for kind in ("di", "co", "hr", "ir")}
    slave = ModbusSlaveContext(**blocks, zero_mode=True)
    server = ModbusTcpServer(ModbusServerContext(slaves={9: slave}, single=False), address=("127.0.0.1", int(sys.argv[1])), allow_reuse_address=True)
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print(server.server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while text := await lines.readline():
        line = json.loads(text)
        values = line["bits"] if "bits" in line else registers(line)
        block = slave.store[TABLES[line["table"]]]
        block.values.update(enumerate(values, line["register"]))
        print("ok", flush=True)
    serving.cancel()


logging.disable(logging.ERROR)  # refusals are what the specs ask for
asyncio.run(main())
