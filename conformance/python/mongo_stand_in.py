"""FiftyOne keeps its datasets in MongoDB, whose server comes from no package registry: mongomock stands in for it.

Import this before fiftyone. Everything of FiftyOne's own, its Milvus backend first of all, is the real code.
"""

import os

os.environ["FIFTYONE_DATABASE_URI"] = "mongodb://localhost:27017"
os.environ["FIFTYONE_DATABASE_VALIDATION"] = "false"
os.environ["FIFTYONE_DATABASE_ADMIN"] = "false"
os.environ["FIFTYONE_DO_NOT_TRACK"] = "true"
os.environ["FIFTYONE_SHOW_PROGRESS_BARS"] = "false"

import mongomock  # noqa: E402
import mongomock.aggregate  # noqa: E402
import mongomock.codec_options  # noqa: E402
import mongomock_motor  # noqa: E402
import motor.motor_asyncio  # noqa: E402
import pymongo  # noqa: E402
from mongomock.gridfs import enable_gridfs_integration  # noqa: E402
from mongomock.store import ServerStore  # noqa: E402

STORE = ServerStore()


class Client(mongomock.MongoClient):
    """All clients of the process see one server."""

    _closed = False

    def __init__(self, *_, **__) -> None:
        super().__init__(_store=STORE)


class AsyncClient(mongomock_motor.AsyncMongoMockClient):
    def __init__(self, *_, **__) -> None:
        super().__init__(mock_mongo_client=Client())


class Parser(mongomock.aggregate._Parser):
    """mongomock has all the operators that a sorted view needs but one."""

    def _handle_array_operator(self, operator, values):
        if operator != "$indexOfArray":
            return super()._handle_array_operator(operator, values)
        array, element = (self.parse(value) for value in values)
        return array.index(element) if element in array else -1


mongomock.aggregate._Parser = Parser
mongomock.codec_options.is_supported = lambda _: mongomock.codec_options.CodecOptions()
pymongo.MongoClient = Client
motor.motor_asyncio.AsyncIOMotorClient = AsyncClient
enable_gridfs_integration()
